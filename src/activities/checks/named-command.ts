import type { CommandLine } from '../../domain/check/command.js';
import { hasArtifactCommand } from '../../domain/check/judge-check.js';
import type { PlannedCheck } from '../../domain/check/planned-check.js';
import { PhasegateError } from '../../domain/failures.js';
import { offload, TookTooLong } from '../../offload/offload.js';
import { readArtifactFile } from '../../workspace/artifact-file.js';
import type { PhaseRun } from '../phase/phase-run.js';
import type { CheckedWork } from './checked-work.js';
import { changedFiles, missingFiles, moreThanProof } from './proof-files.js';

/**
 * The command of a check, or why it has none that may run. `proof`: the files with which alone it must be red at the base
 * commit; null for a check of which that is not asked.
 */
export type NamedCommand = { command: CommandLine; proof: readonly string[] | null } | { why: string };

/**
 * The command of a check. One that an artifact names is read from there, and its files must be as the phase of that
 * artifact left them. A phase whose command must be red may add these files, and do nothing else.
 *
 * @throws PhasegateError `check_not_runnable` when the artifact of an earlier phase names none: this agent can't mend it
 */
export async function commandOf(
  run: PhaseRun,
  { name, run: planned, unchanged, expect }: PlannedCheck,
  work: CheckedWork,
  signal: AbortSignal,
): Promise<NamedCommand> {
  if (!hasArtifactCommand(planned)) return { command: planned, proof: null };
  const { artifactOf, pointer } = planned;
  const isOwn = artifactOf === run.task.phase.key;
  const bytes = isOwn ? work.artifact : await earlierArtifact(run, artifactOf, name);
  const found = await readInTime(bytes, pointer, unchanged);
  if ('problem' in found) {
    const message = `the check ${name} takes its command from the artifact of phase ${artifactOf}: ${found.problem}`;
    if (!isOwn) throw new PhasegateError('check_not_runnable', message);
    return { why: message };
  }
  const files = found.files ?? [];
  const proof = isOwn && expect === 'fail' ? found.files : null;
  const why = isOwn
    ? ((await missingFiles(work, files, signal)) ?? (proof && (await moreThanProof(run, work, proof, signal))))
    : await changedFiles(run, artifactOf, work, files, signal);
  if (why !== null) return { why };
  return { command: found.command, proof };
}

async function readInTime(bytes: Uint8Array, pointer: string, unchanged: string | null) {
  try {
    return await offload('artifactCheck', bytes, pointer, unchanged);
  } catch (error) {
    if (!(error instanceof TookTooLong)) throw error;
    return { problem: `to read it ${error.message}` };
  }
}

async function earlierArtifact({ task, folder }: PhaseRun, phaseKey: string, check: string): Promise<Uint8Array> {
  const artifact = task.earlier.findLast((one) => one.phaseKey === phaseKey);
  if (!artifact)
    throw new PhasegateError(
      'check_not_runnable',
      `the check ${check} takes its command from the artifact of phase ${phaseKey}, and there is none: it was skipped`,
    );
  const file = await readArtifactFile(folder.root, artifact.path, artifact.bytes);
  if (file.kind === 'file' && file.sha256 === artifact.sha256) return file.bytes;
  throw new PhasegateError(
    'artifact_changed',
    `${artifact.path} is no longer the file with sha256 ${artifact.sha256} that phase ${phaseKey} left`,
  );
}
