import { cut } from '../domain/failures.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../domain/text/json.js';
import { textsAt } from '../domain/text/rewrite-json.js';
import { maskInJson } from '../domain/text/secrets.js';
import { boundedArguments, MAX_KEPT_CALLS, MAX_PARTS } from './bounded-arguments.js';

/** Most characters of an error that are looked at. */
const MAX_ERROR_CHARACTERS = 64 * 1024;
/** Deepest nesting of a reply. Arguments in it are a text, and do not count. */
const MAX_DEPTH = 500;

/** NUL, half a surrogate pair, and what the mirror writes for them. Each of them is changed when it is stored. */
const UNSTORABLE = /\\u0000|\\ud[89a-f]|⟦u/g;

/**
 * The meaning of a provider's answer of status 200: a completion, as JSON text; an error, with the status that it
 * should have had; or neither. `saysError`: the answer tells of an error, so it is not a completion that was cut or
 * spoilt.
 */
export type ReadReply = { text: string } | { text: string; status: number } | { problem: string; saysError: boolean };

/**
 * Reads a provider's answer. Of a completion it keeps what people and programs use: the first choice, not too many
 * calls, and the arguments as the provider's own text. So it is small enough for the work that each part of it costs.
 *
 * @param bytes - the body
 * @param apiKey - masked: a provider knows the key, and its answers are kept in conversations and files
 */
export function readReply(bytes: Uint8Array, apiKey: string): ReadReply {
  const text = new TextDecoder().decode(bytes);
  const reply = parsed(text);
  if (typeof reply === 'string') return { problem: reply, saysError: false };
  const choice = Array.isArray(reply.choices) ? reply.choices[0] : undefined;
  if (isJsonObject(reply.error)) return readError(reply, choice, text);
  if (choice === undefined && typeof reply.error === 'string')
    return { problem: `an error instead of a reply: ${wordsOf(reply.error)}`, saysError: true };
  if (!isJsonObject(choice) || !isJsonObject(choice.message))
    return { problem: 'a reply without a choice', saysError: false };
  const { message } = choice;
  if (Array.isArray(message.tool_calls)) boundCalls(message.tool_calls, text);
  const { id, object, created, model, usage } = reply;
  const kept = { id, object, created, model, usage, choices: [choice] } as JsonObject;
  const problem = sizeProblem(kept);
  if (problem !== null) return { problem, saysError: false };
  const safe = maskInJson(kept, apiKey);
  maskArguments(safe, apiKey);
  const written = JSON.stringify(safe);
  if ((written.match(UNSTORABLE)?.length ?? 0) > MAX_PARTS)
    return { problem: `a reply of more than ${MAX_PARTS} characters that no text has`, saysError: false };
  return { text: written };
}

function parsed(text: string): JsonObject | string {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isJsonObject(value) ? value : 'JSON that is not an object';
  } catch {
    return text.trim() === '' ? 'an empty body' : `a body that is not JSON: ${text.trimStart().slice(0, 200)}`;
  }
}

function readError({ error, usage }: JsonObject, choice: JsonValue | undefined, text: string): ReadReply {
  const { code, message } = error as JsonObject;
  // a completion that broke off on its way has both, and it is paid
  const isNothingElse = choice === undefined && !isJsonObject(usage);
  // routers answer 200 and put the real status into the body
  const status = Number(code);
  if (!isNothingElse || !Number.isInteger(status) || status < 400 || status > 599)
    return { problem: `an error instead of a reply: ${wordsOf(message ?? error)}`, saysError: isNothingElse };
  const short = text.length <= MAX_ERROR_CHARACTERS ? text : JSON.stringify({ error: { message: wordsOf(error) } });
  return { text: short, status };
}

function wordsOf(value: JsonValue | undefined): string {
  try {
    return cut(JSON.stringify(value), MAX_ERROR_CHARACTERS);
  } catch {
    return 'words that are nested too deep';
  }
}

/**
 * Arguments that are too large for a tool are the model's mistake, and the model is told. When there are too many
 * calls, the last ones are left out; the answers to the others say how many are run.
 */
function boundCalls(calls: JsonValue[], text: string): void {
  calls.splice(MAX_KEPT_CALLS);
  const given = calls.some((call) => isContainer(argumentsOf(call))) ? givenArguments(text) : null;
  let left = MAX_PARTS;
  for (const [index, call] of calls.entries()) {
    if (!isJsonObject(call) || !isJsonObject(call.function)) continue;
    const { arguments: raw } = call.function;
    const fits = boundedArguments(isContainer(raw) ? (given?.get(index) ?? null) : raw, left);
    left = fits.left;
    call.function.arguments = fits.bounded ?? null;
  }
}

function isContainer(value: JsonValue | undefined): boolean {
  return typeof value === 'object' && value !== null;
}

function argumentsOf(call: JsonValue | undefined): JsonValue | undefined {
  return isJsonObject(call) && isJsonObject(call.function) ? call.function.arguments : undefined;
}

/**
 * Arguments that are not a text but JSON themselves, as they are in the reply. If they were parsed, their numbers would
 * lose digits.
 */
function givenArguments(text: string): Map<unknown, string> {
  const found = textsAt(text, ['choices', 0, 'message', 'tool_calls', null, 'function', 'arguments']);
  return new Map(found.map(({ at, text }) => [at[4], text]));
}

/** JSON within JSON can write the key in many ways. */
function maskArguments(reply: JsonObject, apiKey: string): void {
  const [choice] = reply.choices as [{ message: JsonObject }];
  for (const call of Array.isArray(choice.message.tool_calls) ? choice.message.tool_calls : []) {
    const text = argumentsOf(call);
    // without an escape there is only one way to write it, and that is masked already
    if (typeof text !== 'string' || !text.includes('\\')) continue;
    const value = valueOf(text);
    const masked = JSON.stringify(maskInJson(value, apiKey));
    if (masked !== JSON.stringify(value)) ((call as JsonObject).function as JsonObject).arguments = masked;
  }
}

/** Broken arguments are a text like any other: the whole reply was masked as one text. */
function valueOf(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

function sizeProblem(value: JsonValue): string | null {
  let count = 0;
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return 'a reply that is nested too deep';
    count += level.length;
    if (count > MAX_PARTS) return `a reply of more than ${MAX_PARTS} JSON values`;
    level = level.flatMap((member) => (typeof member === 'object' && member !== null ? Object.values(member) : []));
  }
  return null;
}
