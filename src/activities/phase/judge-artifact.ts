import type { AttemptProblem } from '../../domain/attempt-problem.js';
import { conditionsOf, NOTHING_MATCHED } from '../../domain/rounds/when.js';
import type { ArtifactTask, Judgement } from '../../offload/judge-bytes.js';
import { offload, TookTooLong } from '../../offload/offload.js';
import { readArtifactFile } from '../../workspace/artifact-file.js';
import type { PhaseRun } from './phase-run.js';

/** The file that an attempt left, and what is wrong with it. */
export interface JudgedArtifact extends Judgement {
  file: { raw: Buffer | null; sha256: string; bytes: number } | null;
}

const NOTHING_READ = { content: null, normalised: [], summary: null, matched: NOTHING_MATCHED };

/** Reads and validates the artifact of a phase (S11, S14). */
export function judgeArtifactOf({ task, folder, deps }: PhaseRun): Promise<JudgedArtifact> {
  const asked = { ...task.phase.artifact, schemas: task.schemas, conditions: conditionsOf(task.phase) };
  return judgeArtifact(asked, folder.root, deps.config.maxArtifactBytes);
}

/**
 * Reads and validates an artifact.
 *
 * @param folder - the run's folder
 * @param maxBytes - larger files are refused
 */
export async function judgeArtifact(task: ArtifactTask, folder: string, maxBytes: number): Promise<JudgedArtifact> {
  const { path } = task;
  const found = await readArtifactFile(folder, path, maxBytes);
  switch (found.kind) {
    case 'missing':
      return bad(null, 'missing', `there is no file ${path}`);
    case 'not_a_file':
      return bad(null, 'not_a_file', `${path} is not a regular file`);
    case 'denied':
      return bad(null, 'not_a_file', `${path} can't be read: permission denied`);
    case 'too_large':
      return bad(null, 'too_large', `${path} has ${found.bytes} bytes, the limit is ${maxBytes}`);
    case 'file':
      return {
        file: { raw: found.bytes, sha256: found.sha256, bytes: found.bytes.length },
        ...(await judgeInTime(task, found.bytes)),
      };
  }
}

/** Somebody can write an artifact and a schema that take hours to compare. */
async function judgeInTime(task: ArtifactTask, bytes: Buffer): Promise<Judgement> {
  try {
    return await offload('judgeBytes', task, bytes);
  } catch (error) {
    if (!(error instanceof TookTooLong)) throw error;
    const message = `to check ${task.path} against the schema ${task.schemaId} ${error.message}: write a smaller or simpler artifact`;
    return { ...NOTHING_READ, problem: { reason: 'takes_too_long', message, errors: [] } };
  }
}

function bad(file: JudgedArtifact['file'], reason: AttemptProblem['reason'], message: string): JudgedArtifact {
  return { file, ...NOTHING_READ, problem: { reason, message, errors: [] } };
}
