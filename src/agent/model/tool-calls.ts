import type { InvalidToolCall, ToolCall } from '@langchain/core/messages/tool';
import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/text/json.js';
import { MAX_ARTIFACT_DEPTH } from '../../domain/artifact-intake.js';
import { depthOf } from '../../domain/text/json-tokens.js';
import { maskInJson } from '../../domain/text/secrets.js';

/**
 * The tool calls of one reply. A call whose arguments can't be read is in both lists, with no arguments in the first.
 */
export interface ReadToolCalls {
  calls: ToolCall[];
  invalid: InvalidToolCall[];
}

/**
 * Reads the tool calls of a reply, whatever a provider sent. Every call stays in the conversation, also an unreadable
 * one:
 * it must be answered under its id, and sending broken JSON back makes some providers refuse the whole thread.
 *
 * @param raw - `message.tool_calls` as it came
 * @param secret - masked in the arguments
 */
export function readToolCalls(raw: unknown, secret = ''): ReadToolCalls {
  const read: ReadToolCalls = { calls: [], invalid: [] };
  const taken = new Set<string>();
  for (const [index, item] of (Array.isArray(raw) ? (raw as unknown[]) : []).entries()) {
    const fields = isJsonObject(item) ? item : {};
    const called = isJsonObject(fields.function) ? fields.function : {};
    const name = typeof called.name === 'string' ? called.name : '';
    const id = uniqueId(fields.id, index, taken);
    taken.add(id);
    const args = readArguments(called.arguments);
    read.calls.push({ type: 'tool_call', id, name, args: typeof args === 'string' ? {} : maskInJson(args, secret) });
    if (typeof args === 'string') read.invalid.push({ type: 'invalid_tool_call', id, name, error: args });
  }
  return read;
}

function uniqueId(given: unknown, index: number, taken: ReadonlySet<string>): string {
  const wanted = typeof given === 'string' ? given : '';
  if (wanted !== '' && !taken.has(wanted)) return wanted;
  let id = `call_${index + 1}${wanted === '' ? '' : `_${wanted}`}`;
  while (taken.has(id)) id += '_';
  return id;
}

/** Calls of one reply that are kept: far more than are run, and few enough for all that is done with each of them. */
export const MAX_KEPT_CALLS = 1_000;

/** An artifact may be a member of the arguments. */
const MAX_DEPTH = MAX_ARTIFACT_DEPTH + 1;
/** What stands in the conversation for arguments that are nested too deep: read again, they still are. */
const TOO_DEEP = '['.repeat(MAX_DEPTH + 1);

/**
 * Arguments as they may go on from here, since most of what follows is recursive: those that are nested too deep are
 * replaced by a short text of which {@link readToolCalls} tells the model just that.
 *
 * @param raw - `function.arguments` as it came
 */
export function boundedArguments(raw: JsonValue | undefined): JsonValue | undefined {
  if (typeof raw === 'string') return depthOf(raw) > MAX_DEPTH ? TOO_DEEP : raw;
  return isDeep(raw) ? TOO_DEEP : raw;
}

function isDeep(value: JsonValue | undefined): boolean {
  let level: JsonValue[] = [value ?? null];
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    level = level.flatMap((member) => (typeof member === 'object' && member !== null ? Object.values(member) : []));
    if (level.length === 0) return false;
  }
  return true;
}

/** The arguments, or what is wrong with them. */
function readArguments(raw: unknown): JsonObject | string {
  if (isJsonObject(raw)) return raw;
  if (raw === undefined || raw === null || raw === '') return {};
  if (typeof raw !== 'string') return 'the arguments are not a JSON object';
  if (depthOf(raw) > MAX_DEPTH)
    return `the arguments are nested deeper than ${MAX_ARTIFACT_DEPTH} levels: write flatter JSON`;
  try {
    const value: unknown = JSON.parse(raw);
    return isJsonObject(value) ? value : 'the arguments are JSON, but not an object';
  } catch (error) {
    return `the arguments are not valid JSON: ${(error as Error).message}`;
  }
}
