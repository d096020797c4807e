import type { ToolCall } from '@langchain/core/messages/tool';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/text/json.js';

/** Fields of replies that some providers give without content, and refuse so in requests. */
const OFTEN_EMPTY = new Set(['refusal', 'function_call', 'audio', 'annotations']);

/**
 * A reply in the form in which it goes back with later requests. All that phasegate does not know goes back as it came:
 * thinking models refuse a conversation without their thoughts and signatures. What no provider takes back is mended.
 *
 * @param wire - exactly as the provider gave it
 * @param calls - its tool calls as they were read
 * @param unreadable - ids of those whose arguments could not be read
 */
export function sentReply(wire: JsonObject, calls: readonly ToolCall[], unreadable: ReadonlySet<string>): JsonObject {
  const { role: _always, content, tool_calls: raw, ...fields } = wire;
  const kept = Object.entries(fields).filter(([name, value]) => !(OFTEN_EMPTY.has(name) && isNothing(value)));
  const sent: [string, JsonValue][] = [['role', 'assistant'], ['content', sentContent(content)], ...kept];
  if (calls.length > 0) {
    const given = Array.isArray(raw) ? raw : [];
    sent.push(['tool_calls', calls.map((call, n) => sentCall(given[n], call, unreadable.has(call.id ?? '')))]);
  }
  return Object.fromEntries(sent);
}

/**
 * A reply of another model in the form that every provider takes. Thoughts, signatures, and whatever else only its own
 * provider knows are left out, and so are its ids: some providers take only ids of their own form.
 *
 * @param sent - as {@link sentReply} gives it
 * @param text - all that it says
 */
export function foreignReply({ content, tool_calls }: JsonObject, text: string): JsonObject {
  const calls = (Array.isArray(tool_calls) ? tool_calls : []).filter(isJsonObject).map(foreignCall);
  const said = calls.length > 0 && (content === null || text === '') ? null : text;
  return { role: 'assistant', content: said, ...(calls.length > 0 && { tool_calls: calls }) };
}

function foreignCall({ function: called }: JsonObject): JsonObject {
  const { name, arguments: text } = isJsonObject(called) ? called : {};
  return { type: 'function', function: { name: name ?? '', arguments: text ?? '{}' } };
}

function isNothing(value: JsonValue): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function sentContent(content: JsonValue | undefined): JsonValue {
  if (typeof content === 'string') return content;
  const isList = Array.isArray(content) && content.length > 0;
  return isList && content.every((part) => isJsonObject(part) && typeof part.type === 'string') ? content : null;
}

/** Its id is set when it is sent, because it must be another one than those of all calls before. */
function sentCall(raw: JsonValue | undefined, { name }: ToolCall, isUnreadable: boolean): JsonObject {
  const fields = isJsonObject(raw) ? raw : {};
  const called = isJsonObject(fields.function) ? fields.function : {};
  const { arguments: text } = called;
  const readable = !isUnreadable && typeof text === 'string' && text.trim() !== '';
  return { ...fields, type: 'function', function: { ...called, name, arguments: readable ? text : '{}' } };
}
