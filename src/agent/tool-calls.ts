import type { InvalidToolCall, ToolCall } from '@langchain/core/messages/tool';
import { isJsonObject, type JsonObject } from '../domain/json.js';
import { maskInJson } from '../domain/secrets.js';

/** The tool calls of one reply. A call whose arguments can't be read is in both lists, with no arguments in the first. */
export interface ReadToolCalls {
  calls: ToolCall[];
  invalid: InvalidToolCall[];
}

/**
 * Reads the tool calls of a reply, whatever a provider sent. Every call stays in the conversation, also an unreadable one:
 * it must be answered under its id, and sending broken JSON back makes some providers refuse the whole thread.
 *
 * @param raw - `message.tool_calls` as it came
 * @param secret - masked in the arguments
 */
export function readToolCalls(raw: unknown, secret = ''): ReadToolCalls {
  const read: ReadToolCalls = { calls: [], invalid: [] };
  for (const [index, item] of (Array.isArray(raw) ? (raw as unknown[]) : []).entries()) {
    const fields = isJsonObject(item) ? item : {};
    const called = isJsonObject(fields.function) ? fields.function : {};
    const name = typeof called.name === 'string' ? called.name : '';
    const id = uniqueId(fields.id, index, read.calls);
    const args = readArguments(called.arguments);
    read.calls.push({ type: 'tool_call', id, name, args: typeof args === 'string' ? {} : maskInJson(args, secret) });
    if (typeof args === 'string') read.invalid.push({ type: 'invalid_tool_call', id, name, error: args });
  }
  return read;
}

function uniqueId(given: unknown, index: number, before: readonly ToolCall[]): string {
  const usable = typeof given === 'string' && given !== '' && !before.some((call) => call.id === given);
  return usable ? given : `call_${index + 1}${typeof given === 'string' && given !== '' ? `_${given}` : ''}`;
}

/** The arguments, or what is wrong with them. */
function readArguments(raw: unknown): JsonObject | string {
  if (isJsonObject(raw)) return raw;
  if (raw === undefined || raw === null || raw === '') return {};
  if (typeof raw !== 'string') return 'the arguments are not a JSON object';
  try {
    const value: unknown = JSON.parse(raw);
    return isJsonObject(value) ? value : 'the arguments are JSON, but not an object';
  } catch (error) {
    return `the arguments are not valid JSON: ${(error as Error).message}`;
  }
}
