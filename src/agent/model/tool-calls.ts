import type { InvalidToolCall, ToolCall } from '@langchain/core/messages/tool';
import { isJsonObject, type JsonObject } from '../../domain/text/json.js';
import { meantName } from './dialect/meant-name.js';
import { adviceOn } from '../../offload/bounded-arguments.js';

/**
 * The tool calls of one reply. A call whose arguments can't be read is in both lists, with no arguments in the first.
 */
export interface ReadToolCalls {
  calls: ToolCall[];
  invalid: InvalidToolCall[];
}

/**
 * Reads the tool calls of a reply, whatever a provider sent. Every call stays in the conversation, also an unreadable
 * one, because it must be answered under its id. Its broken JSON is not sent back: some providers would then refuse the
 * whole thread.
 *
 * @param raw - `message.tool_calls`, in which `readReply` has made all arguments texts
 * @param tools - the names of the tools that there are
 */
export function readToolCalls(raw: unknown, tools: readonly string[] = []): ReadToolCalls {
  const read: ReadToolCalls = { calls: [], invalid: [] };
  const taken = new Set<string>();
  for (const [index, item] of (Array.isArray(raw) ? (raw as unknown[]) : []).entries()) {
    const fields = isJsonObject(item) ? item : {};
    const called = isJsonObject(fields.function) ? fields.function : {};
    const name = meantName(typeof called.name === 'string' ? called.name : '', tools);
    const id = uniqueId(fields.id, index, taken);
    taken.add(id);
    const args = readArguments(called.arguments);
    read.calls.push({ type: 'tool_call', id, name, args: typeof args === 'string' ? {} : args });
    if (typeof args === 'string') read.invalid.push({ type: 'invalid_tool_call', id, name, error: args });
  }
  return read;
}

/** What is wrong with arguments that end in the middle. Where they are the last of a reply, the reply was cut. */
export const UNCLOSED = 'the arguments are not valid JSON: they end in the middle';

function uniqueId(given: unknown, index: number, taken: ReadonlySet<string>): string {
  const wanted = typeof given === 'string' ? given : '';
  if (wanted !== '' && !taken.has(wanted)) return wanted;
  let id = `call_${index + 1}${wanted === '' ? '' : `_${wanted}`}`;
  while (taken.has(id)) id += '_';
  return id;
}

/** The arguments, or what is wrong with them. */
function readArguments(raw: unknown): JsonObject | string {
  if (raw === undefined || raw === null || (typeof raw === 'string' && raw.trim() === '')) return {};
  if (typeof raw !== 'string') return 'the arguments are not a JSON object';
  const advice = adviceOn(raw);
  if (advice !== undefined) return advice;
  try {
    const value: unknown = JSON.parse(raw);
    return isJsonObject(value) ? value : 'the arguments are JSON, but not an object';
  } catch (error) {
    const { message } = error as Error;
    return endsInTheMiddle(message, raw) ? UNCLOSED : `the arguments are not valid JSON: ${message}`;
  }
}

/** The parser met the end of the text where it expected more. It names the place of what it did not expect. */
function endsInTheMiddle(message: string, text: string): boolean {
  const [, position] = /at position (\d+)/.exec(message) ?? [];
  return position === undefined ? /end of JSON input/i.test(message) : Number(position) >= text.trimEnd().length;
}
