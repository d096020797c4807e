import { readArtifactJson, type Normalisation } from '../domain/artifact-intake.js';
import { compileValidator } from '../domain/artifact-validation.js';
import type { AttemptProblem } from '../domain/attempt-problem.js';
import type { JsonObject } from '../domain/text/json.js';
import { storedJsonText } from '../mirror/stored-json-text.js';

/** The file and the schema by which it is judged. */
export interface ArtifactTask {
  path: string;
  schemaId: string;
  /** That schema and all it refers to, by `$id`. */
  schemas: Record<string, JsonObject>;
}

/** The content of an artifact as the mirror keeps it, or what is wrong with it. */
export interface Judgement {
  /** JSON text for `jsonb`; null for an artifact that is not valid. */
  content: string | null;
  normalised: Normalisation[];
  problem: AttemptProblem | null;
}

/** Reads and validates the bytes of an artifact (S11). */
export function judgeBytes({ path, schemaId, schemas }: ArtifactTask, bytes: Uint8Array): Judgement {
  const intake = readArtifactJson(bytes);
  if (!intake.ok)
    return {
      content: null,
      normalised: [],
      problem: { reason: intake.reason, message: `${path}: ${intake.message}`, errors: [] },
    };
  const { normalised, value, text } = intake;
  const errors = compileValidator(schemaId, schemas)(value);
  if (errors.length === 0) return { content: storedJsonText(text), normalised, problem: null };
  return {
    content: null,
    normalised,
    problem: { reason: 'schema', message: `${path} does not satisfy the schema ${schemaId}`, errors },
  };
}
