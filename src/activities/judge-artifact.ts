import { readArtifactJson, type Normalisation } from '../domain/artifact-intake.js';
import { compileValidator } from '../domain/artifact-validation.js';
import type { AttemptProblem } from '../domain/attempt-problem.js';
import type { JsonObject, JsonValue } from '../domain/json.js';
import { readArtifactFile } from '../workspace/artifact-file.js';

/** What file is judged by which schema. */
export interface ArtifactTask {
  path: string;
  schemaId: string;
  /** That schema and all it refers to, by `$id`. */
  schemas: Record<string, JsonObject>;
}

/** The file that an attempt left, and what is wrong with it. */
export interface JudgedArtifact {
  file: { raw: Buffer | null; sha256: string; bytes: number } | null;
  content: JsonValue;
  normalised: Normalisation[];
  problem: AttemptProblem | null;
}

/**
 * Reads and validates an artifact (S11, S14).
 *
 * @param folder - the run's folder
 * @param maxBytes - larger files are refused
 */
export async function judgeArtifact(task: ArtifactTask, folder: string, maxBytes: number): Promise<JudgedArtifact> {
  const { path } = task;
  const found = await readArtifactFile(folder, path, maxBytes);
  switch (found.kind) {
    case 'missing':
      return bad(null, 'ended_without_writing', `there is no file ${path}`);
    case 'not_a_file':
      return bad(null, 'not_a_file', `${path} is not a regular file`);
    case 'denied':
      return bad(null, 'not_a_file', `${path} can't be read: permission denied`);
    case 'too_large':
      return bad(null, 'too_large', `${path} has ${found.bytes} bytes, the limit is ${maxBytes}`);
    case 'file':
      return judgeBytes(task, { raw: found.bytes, sha256: found.sha256, bytes: found.bytes.length });
  }
}

function judgeBytes({ path, schemaId, schemas }: ArtifactTask, file: { raw: Buffer; sha256: string; bytes: number }): JudgedArtifact {
  const intake = readArtifactJson(file.raw);
  if (!intake.ok) return bad(file, intake.reason, `${path}: ${intake.message}`);
  const errors = compileValidator(schemaId, schemas)(intake.value);
  const { value: content, normalised } = intake;
  if (errors.length === 0) return { file, content, normalised, problem: null };
  return { file, content: null, normalised, problem: { reason: 'schema', message: `${path} does not satisfy the schema ${schemaId}`, errors } };
}

function bad(file: JudgedArtifact['file'], reason: AttemptProblem['reason'], message: string): JudgedArtifact {
  return { file, content: null, normalised: [], problem: { reason, message, errors: [] } };
}
