import { MAX_ARTIFACT_DEPTH } from '../domain/artifact-intake.js';
import { sizeOf } from '../domain/text/json-tokens.js';
import type { JsonValue } from '../domain/text/json.js';

/**
 * Calls of one reply that are kept. That is far more than are run, and few enough for the work that each of them costs.
 */
export const MAX_KEPT_CALLS = 1_000;
/** Most values and keys in one reply, and in the arguments of its calls. A model writes at least one token for each. */
export const MAX_PARTS = 50_000;

/** An artifact may be a member of the arguments. */
const MAX_DEPTH = MAX_ARTIFACT_DEPTH + 1;
/**
 * The text that the conversation gets in place of arguments that are too large. It is not JSON, so it can't be an
 * argument itself.
 */
const LEFT_OUT = {
  deep: `[left out: nested deeper than ${MAX_ARTIFACT_DEPTH} levels]`,
  many: `[left out: more than ${MAX_PARTS} values]`,
} as const;
const ADVICE: Readonly<Record<string, string>> = {
  [LEFT_OUT.deep]: `the arguments are nested deeper than ${MAX_ARTIFACT_DEPTH} levels: write flatter JSON`,
  [LEFT_OUT.many]: `the arguments of a reply may have ${MAX_PARTS} keys and values, and these have more: write less at once`,
};

/**
 * Limits the arguments of a call, because most of the later work is recursive and is done for each value. Arguments
 * that are too large are replaced by a short text; {@link adviceOn} tells the model about it.
 *
 * @param raw - `function.arguments` as it came
 * @param left - how many keys and values it may have
 * @returns the arguments, and how many keys and values the next call of the reply may have
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

/** What the model is told when its arguments were left out; undefined for other arguments. */
export function adviceOn(text: string): string | undefined {
  return ADVICE[text];
}
