import { readArtifactJson, type Normalisation } from '../domain/artifact-intake.js';
import { compileValidator } from '../domain/artifact-validation.js';
import type { AttemptProblem } from '../domain/attempt-problem.js';
import { cut } from '../domain/failures.js';
import { isJsonObject, type JsonObject } from '../domain/text/json.js';
import { matchedOf, NO_CONDITIONS, NOTHING_MATCHED, type Conditions, type Matched } from '../domain/rounds/when.js';
import { storedJsonText } from '../mirror/stored-json-text.js';

/** The file and the schema by which it is judged. */
export interface ArtifactTask {
  path: string;
  schemaId: string;
  /** That schema and all it refers to, by `$id`. */
  schemas: Record<string, JsonObject>;
  /** The conditions that the phase has for it. */
  conditions?: Conditions;
}

/** The content of an artifact as the mirror keeps it, or what is wrong with it. */
export interface Judgement {
  /** JSON text for `jsonb`; null for an artifact that is not valid. */
  content: string | null;
  normalised: Normalisation[];
  /** The text of its field `summary`; null where there is none. */
  summary: string | null;
  problem: AttemptProblem | null;
  /** Which of the conditions it meets. An artifact that is not valid meets none. */
  matched: Matched;
}

/** Reads and validates the bytes of an artifact (S11). */
export function judgeBytes(
  { path, schemaId, schemas, conditions = NO_CONDITIONS }: ArtifactTask,
  bytes: Uint8Array,
): Judgement {
  const intake = readArtifactJson(bytes);
  if (!intake.ok)
    return {
      content: null,
      normalised: [],
      summary: null,
      matched: NOTHING_MATCHED,
      problem: { reason: intake.reason, message: `${path}: ${intake.message}`, errors: [] },
    };
  const { normalised, value, text } = intake;
  const errors = compileValidator(schemaId, schemas)(value);
  if (errors.length === 0)
    return {
      content: storedJsonText(text),
      normalised,
      summary: summaryOf(value),
      problem: null,
      matched: matchedOf(conditions, value),
    };
  return {
    content: null,
    normalised,
    summary: null,
    matched: NOTHING_MATCHED,
    problem: { reason: 'schema', message: `${path} does not satisfy the schema ${schemaId}`, errors },
  };
}

/** Longest summary. More is not for the message of a commit. */
const MAX_SUMMARY = 2_000;

function summaryOf(value: unknown): string | null {
  const summary = isJsonObject(value) ? value.summary : undefined;
  return typeof summary === 'string' && summary.trim() !== '' ? cut(summary, MAX_SUMMARY) : null;
}
