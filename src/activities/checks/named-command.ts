import type { CommandLine } from '../../domain/check/command.js';
import { hasArtifactCommand } from '../../domain/check/judge-check.js';
import type { PlannedCheck } from '../../domain/check/planned-check.js';
import { cut, PhasegateError } from '../../domain/failures.js';
import { offload, TookTooLong } from '../../offload/offload.js';
import { readArtifactFile } from '../../workspace/artifact-file.js';
import { changedPaths, pathsIn } from '../../workspace/changes/changed-paths.js';
import { convertedPaths } from '../../workspace/changes/converted-paths.js';
import type { Worktree } from '../../workspace/worktree/worktree.js';
import type { PhaseRun } from '../phase/phase-run.js';

/** The work on which checks run. */
export interface CheckedWork {
  worktree: Worktree;
  /** The tree that is to be committed. */
  tree: string;
  /** The bytes of the phase's own artifact, which is valid. */
  artifact: Uint8Array;
}

/**
 * The command of a check, or why it has none that may run. `proof`: the files with which alone it must be red at the base
 * commit; null for a check of which that is not asked.
 */
export type NamedCommand = { command: CommandLine; proof: readonly string[] | null } | { why: string };

const MOST_NAMED = 10;

/**
 * The command of a check. One that an artifact names is read from there, and its files must be as the phase of that
 * artifact left them.
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
  const why = isOwn ? await missing(work, files, signal) : await changed(run, artifactOf, work, files, signal);
  if (why !== null) return { why };
  return { command: found.command, proof: isOwn && expect === 'fail' ? found.files : null };
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

/** A proof whose files are in no commit is none. */
async function missing({ worktree, tree }: CheckedWork, files: readonly string[], signal: AbortSignal) {
  const there = await pathsIn({ gitDir: worktree.gitDir }, tree, files, signal);
  const lost = files.filter((file) => !there.has(file));
  // with a folder all that the phase did to the source could come along
  const folders = files.filter((file) => there.get(file) === 'tree');
  if (folders.length > 0) return `${listed(folders)} is a folder: name the files of the proof one by one`;
  return lost.length === 0 ? null : `${listed(lost)} will be in no commit: it is missing, ignored, or not in repo/`;
}

async function changed(
  { task }: PhaseRun,
  phaseKey: string,
  { worktree, tree }: CheckedWork,
  files: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  if (files.length === 0) return null;
  // tasks of older workers do not say where the phase ended: then its own commit counts, if it has one
  const before =
    task.earlier.findLast((one) => one.phaseKey === phaseKey)?.endedAt ??
    task.commits.findLast((commit) => commit.phaseKey === phaseKey)?.sha ??
    task.head;
  const differing = await changedPaths({ gitDir: worktree.gitDir }, before, tree, signal);
  const paths = [...differing, ...(await convertedPaths(worktree, before, tree, differing, signal))];
  const touched = files.filter((file) => paths.some((path) => path === file || path.startsWith(`${file}/`)));
  return touched.length === 0
    ? null
    : `${listed(touched)} was changed, or .gitattributes gives it other bytes: bring it back to what phase ${phaseKey} left (commit ${before.slice(0, 12)})`;
}

function listed(files: readonly string[]): string {
  const named = files.slice(0, MOST_NAMED).map((file) => JSON.stringify(cut(file, 200)));
  return `${named.join(', ')}${files.length > named.length ? ` and ${files.length - named.length} more` : ''}`;
}
