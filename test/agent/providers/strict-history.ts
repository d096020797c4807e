import { isJsonObject, type JsonObject } from '../../../src/domain/text/json.js';

export interface SentMessage extends JsonObject {
  role: string;
}

/** The body of a request. */
export interface Sent {
  [field: string]: unknown;
  messages: SentMessage[];
  tools?: { type: string; function: { name: string; parameters: JsonObject } }[];
}

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** What a strict provider refuses in any request; null when there is nothing. */
export function strictFault({ messages }: Sent): string | null {
  const ids = new Set<string>();
  const open: string[] = [];
  for (const [n, message] of messages.entries()) {
    const fault = (what: string): string => `messages[${n}]: ${what}`;
    if (message.role === 'tool') {
      const id = open.shift();
      if (id === undefined || message.tool_call_id !== id)
        return fault(`answers ${JSON.stringify(message.tool_call_id)}`);
      if (typeof message.content !== 'string' || message.content === '') return fault('a tool message without words');
      continue;
    }
    if (open.length > 0) return fault(`tool_call_ids did not have response messages: ${open.join()}`);
    if (!['system', 'developer', 'user', 'assistant'].includes(message.role)) return fault(`role ${message.role}`);
    if (message.role !== 'assistant') {
      if (typeof message.content !== 'string' || message.content === '') return fault('a message without words');
      continue;
    }
    const { content, tool_calls } = message;
    if (typeof content !== 'string' && !Array.isArray(content) && content !== null) return fault('content');
    if (tool_calls === undefined) {
      if (content === null || content === '') return fault('an assistant message with nothing in it');
      continue;
    }
    if (!Array.isArray(tool_calls) || tool_calls.length === 0) return fault('tool_calls is too short');
    for (const call of tool_calls) {
      const wrong = callFault(call as JsonObject, ids);
      if (wrong !== null) return fault(wrong);
      open.push((call as { id: string }).id);
    }
  }
  return open.length > 0 ? `no answers to ${open.join()}` : null;
}

function callFault(call: JsonObject, ids: Set<string>): string | null {
  const { id, type, function: called } = call;
  if (typeof id !== 'string' || id === '') return 'a tool call without an id';
  if (ids.has(id)) return `the id ${id} is there twice`;
  ids.add(id);
  if (type !== 'function' || !isJsonObject(called)) return 'a tool call that is no function';
  if (typeof called.name !== 'string' || !NAME.test(called.name)) return `the name ${JSON.stringify(called.name)}`;
  if (typeof called.arguments !== 'string') return 'arguments that are no text';
  try {
    return isJsonObject(JSON.parse(called.arguments)) ? null : 'arguments that are no object';
  } catch {
    return 'arguments that are no JSON';
  }
}
