import { isJsonObject, type JsonObject, type JsonValue } from '../domain/text/json.js';
import { textsAt } from '../domain/text/rewrite-json.js';
import { maskInJson } from '../domain/text/secrets.js';
import { boundedArguments, MAX_KEPT_CALLS, MAX_PARTS } from './bounded-arguments.js';
import { collectStream, isStream } from './reply/collect-stream.js';
import { mendArguments } from './reply/mend-arguments.js';
import { saysSomething, toldError, wordsOf, type ToldError } from './reply/told-error.js';

/** Deepest nesting of a reply. Arguments in it are a text, and do not count. */
const MAX_DEPTH = 500;

/** NUL, half a surrogate pair, and what the mirror writes for them. Each of them is changed when it is stored. */
const UNSTORABLE = /\\u0000|\\ud[89a-f]|⟦u/g;
/** Finish reasons of a reply that the provider could not bring to its end. */
const BROKEN_OFF = new Set(['error', 'abort', 'network_error', 'insufficient_system_resource']);

/** Fields of which a completion has at least one. */
const OF_A_COMPLETION = ['id', 'object', 'created', 'model', 'choices', 'usage'];

/** Why an answer of status 200 is no completion. */
export interface NoCompletion {
  problem: string;
  /** The answer tells of an error, so it is not a completion that was cut or spoilt. */
  saysError: boolean;
  /** The words of the error that it tells of, with its code. */
  said?: string;
  /** Nothing in it is of a chat API: it may come from another place. */
  isForeign?: boolean;
}

/**
 * The meaning of a provider's answer of status 200: a completion, as JSON text; an error, with the status that it
 * should have had; or neither.
 */
export type ReadReply = { text: string } | { error: ToldError; status: number; isPaid: boolean } | NoCompletion;

/**
 * Reads a provider's answer, also one that is a stream of events. Of a completion it keeps what people and programs use:
 * the first choice, not too many calls, and the arguments as the provider's own text. So it is small enough for the
 * work that each part of it costs.
 *
 * @param bytes - the body
 * @param secrets - masked: a provider knows the key, and its answers are kept in conversations and files
 */
export function readReply(bytes: Uint8Array, secrets: readonly string[]): ReadReply {
  const text = new TextDecoder().decode(bytes);
  const collected = isStream(text) ? collectStream(text) : parsed(text);
  if ('problem' in collected) return collected;
  const { reply } = collected;
  const choice = Array.isArray(reply) || !Array.isArray(reply.choices) ? undefined : reply.choices[0];
  const error = readError(reply, choice);
  if (error !== null) return error;
  if (!isJsonObject(reply)) return { problem: 'JSON that is not an object', saysError: false };
  if (!isJsonObject(choice) || !isJsonObject(choice.message)) {
    const isForeign = !isStream(text) && !OF_A_COMPLETION.some((name) => name in reply);
    return { problem: `a reply without a choice: ${text.trim().slice(0, 200)}`, saysError: false, isForeign };
  }
  const { message } = choice;
  if (Array.isArray(message.tool_calls)) boundCalls(message.tool_calls, text);
  const { id, object, created, model, usage } = reply;
  const kept = { id, object, created, model, usage, choices: [choice] } as JsonObject;
  const problem = sizeProblem(kept);
  if (problem !== null) return { problem, saysError: false };
  const written = JSON.stringify(secrets.reduce(masked, kept));
  if ((written.match(UNSTORABLE)?.length ?? 0) > MAX_PARTS)
    return { problem: `a reply of more than ${MAX_PARTS} characters that no text has`, saysError: false };
  return { text: written };
}

function parsed(text: string): { reply: JsonObject | JsonValue[] } | NoCompletion {
  const problem = (problem: string) => ({ problem, saysError: false });
  try {
    const value = JSON.parse(text) as JsonValue;
    return isJsonObject(value) || Array.isArray(value) ? { reply: value } : problem('JSON that is not an object');
  } catch {
    const begin = text.trimStart().slice(0, 200);
    if (begin === '') return problem('an empty body');
    return { ...problem(`a body that is not JSON: ${begin}`), isForeign: !/^[[{"]/.test(begin) };
  }
}

/** The error that a reply of status 200 tells of: in its place, beside it, or within its choice. */
function readError(reply: JsonObject | JsonValue[], choice: JsonValue | undefined): ReadReply | null {
  const within = isJsonObject(choice) && saysSomething(choice.error) ? toldError({ error: choice.error }, true) : null;
  const told = toldError(reply, choice === undefined) ?? within;
  const finish = isJsonObject(choice) ? choice.finish_reason : undefined;
  const usage = isJsonObject(reply) ? reply.usage : undefined;
  if (told === null)
    return typeof finish === 'string' && BROKEN_OFF.has(finish)
      ? { problem: `a reply that ended with ${finish}`, saysError: false }
      : null;
  // a completion that broke off on its way has both, and it is paid
  const isNothingElse = choice === undefined && !saysSomething(usage);
  const { status, message, code, type } = told;
  // a status that passes would be waited for, and each time the provider may be paid
  const isFinal = status !== undefined && status < 500 && ![408, 409, 425, 429].includes(status);
  if (status !== undefined && (isNothingElse || isFinal)) return { error: told, status, isPaid: !isNothingElse };
  const names = [code, type].filter((name) => name !== undefined && !message.includes(String(name)));
  const more = names.length > 0 ? ` (${names.join(', ')})` : '';
  const said = [code, type, message].filter((part) => part !== undefined).join(' ');
  return { problem: `an error instead of a reply: ${wordsOf(message)}${more}`, saysError: isNothingElse, said };
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
    const sent = isContainer(raw) ? (given?.get(index) ?? JSON.stringify(raw)) : raw;
    // mended before they are measured: what is encoded twice looks like one value
    const fits = boundedArguments(typeof sent === 'string' ? mendArguments(sent) : sent, left);
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
 * lose digits. In a stream they are nowhere as a whole.
 */
function givenArguments(text: string): Map<unknown, string> {
  if (isStream(text)) return new Map();
  const found = textsAt(text, ['choices', 0, 'message', 'tool_calls', null, 'function', 'arguments']);
  return new Map(found.map(({ at, text }) => [at[4], text]));
}

function masked(reply: JsonObject, secret: string): JsonObject {
  const safe = maskInJson(reply, secret);
  maskArguments(safe, secret);
  return safe;
}

/** JSON within JSON can write the key in many ways. */
function maskArguments(reply: JsonObject, secret: string): void {
  const [choice] = reply.choices as [{ message: JsonObject }];
  for (const call of Array.isArray(choice.message.tool_calls) ? choice.message.tool_calls : []) {
    const text = argumentsOf(call);
    // without an escape there is only one way to write it, and that is masked already
    if (typeof text !== 'string' || !text.includes('\\')) continue;
    const value = valueOf(text);
    const masked = JSON.stringify(maskInJson(value, secret));
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
