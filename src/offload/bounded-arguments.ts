import { MAX_ARTIFACT_DEPTH } from '../domain/artifact-intake.js';
import { sizeOf } from '../domain/text/json-tokens.js';
import type { JsonValue } from '../domain/text/json.js';

/** Calls of one reply that are kept: far more than are run, and few enough for all that is done with each of them. */
export const MAX_KEPT_CALLS = 1_000;
/** Most values and keys in one reply, and in the arguments of its calls: a model writes at least a token for each. */
export const MAX_PARTS = 50_000;

/** An artifact may be a member of the arguments. */
const MAX_DEPTH = MAX_ARTIFACT_DEPTH + 1;
/** What stands in the conversation for arguments that are too much: no JSON, and never an argument by itself. */
const LEFT_OUT = {
  deep: `[left out: nested deeper than ${MAX_ARTIFACT_DEPTH} levels]`,
  many: `[left out: more than ${MAX_PARTS} values]`,
} as const;
const ADVICE: Readonly<Record<string, string>> = {
  [LEFT_OUT.deep]: `the arguments are nested deeper than ${MAX_ARTIFACT_DEPTH} levels: write flatter JSON`,
  [LEFT_OUT.many]: `the arguments of a reply may have ${MAX_PARTS} keys and values, and these have more: write less at once`,
};

/**
 * Arguments as they may go on from here, since most of what follows is recursive and is done for each value. What is
 * too much is replaced by a short text, of which {@link adviceOn} tells the model.
 *
 * @param raw - `function.arguments` as it came
 * @param left - how many keys and values it may have
 * @returns with how many the next call of the reply may have
 */
export function boundedArguments(
  raw: JsonValue | undefined,
  left: number,
): { bounded: JsonValue | undefined; left: number } {
  if (typeof raw !== 'string') return { bounded: raw, left };
  const { depth, parts } = sizeOf(raw);
  if (depth > MAX_DEPTH) return { bounded: LEFT_OUT.deep, left };
  return parts > left ? { bounded: LEFT_OUT.many, left } : { bounded: raw, left: left - parts };
}

/** What the model is told of arguments that were left out; undefined for all others. */
export function adviceOn(text: string): string | undefined {
  return ADVICE[text];
}
