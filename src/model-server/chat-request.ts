import { isJsonObject, type JsonObject, type JsonValue } from '../domain/text/json.js';

/** A message of the conversation, its content as plain text. */
export interface ChatMessage {
  role: string;
  text: string;
  toolCalls: { id: string; name: string; args: JsonObject }[];
}

/** The parts of a chat completion request on which the answers depend. */
export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  /** JSON Schemas of the tools' arguments, by tool name. */
  tools: ReadonlyMap<string, JsonObject>;
  body: JsonObject;
}

/** A request that the API refuses with status 400. */
export class BadRequest extends Error {
  constructor(
    message: string,
    /** The field that is wrong, as the API names it. */
    readonly param: string | null = null,
    readonly code: string | null = null,
  ) {
    super(message);
  }
}

/**
 * Reads the body of `POST /v1/chat/completions`.
 *
 * @throws BadRequest for things that this server does not support, such as streaming
 */
export function parseChatRequest(body: JsonValue | undefined): ChatRequest {
  if (!isJsonObject(body)) throw new BadRequest('the body must be a JSON object');
  const { model, messages, tools = [], stream } = body;
  if (stream === true) {
    throw new BadRequest('this scripted server does not stream: send "stream": false', 'stream');
  }
  if (typeof model !== 'string' || model === '') throw new BadRequest('`model` must be a non-empty string', 'model');
  if (!Array.isArray(messages) || messages.length === 0)
    throw new BadRequest('`messages` must be a non-empty array', 'messages');
  if (!Array.isArray(tools)) throw new BadRequest('`tools` must be an array', 'tools');
  const parsed = messages.map(parseMessage);
  refuseDanglingToolCalls(parsed, messages);
  return { model, messages: parsed, tools: new Map(tools.map(parseTool)), body };
}

function parseMessage(message: JsonValue, index: number): ChatMessage {
  if (!isJsonObject(message) || typeof message.role !== 'string')
    throw new BadRequest(`messages[${index}] needs a role`, 'messages');
  const calls = Array.isArray(message.tool_calls) ? message.tool_calls : [];
  return { role: message.role, text: textOf(message.content), toolCalls: calls.map(parseToolCall) };
}

function textOf(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (isJsonObject(part) && typeof part.text === 'string' ? part.text : '')).join('\n');
}

function parseToolCall(call: JsonValue): ChatMessage['toolCalls'][number] {
  const { id, function: called } = isJsonObject(call) ? call : {};
  if (typeof id !== 'string' || !isJsonObject(called) || typeof called.name !== 'string') {
    throw new BadRequest('a tool call needs an id and a function with a name', 'messages');
  }
  return { id, name: called.name, args: parseArguments(called.arguments) };
}

function parseArguments(text: JsonValue | undefined): JsonObject {
  try {
    const value = JSON.parse(typeof text === 'string' ? text : '') as JsonValue;
    return isJsonObject(value) ? value : {};
  } catch {
    return {}; // a model's broken arguments come back in the history
  }
}

function parseTool(tool: JsonValue): [string, JsonObject] {
  const described =
    isJsonObject(tool) && tool.type === 'function' && isJsonObject(tool.function) ? tool.function : undefined;
  if (typeof described?.name !== 'string')
    throw new BadRequest('a tool needs type "function" and a function with a name', 'tools');
  return [
    described.name,
    isJsonObject(described.parameters) ? described.parameters : { type: 'object', properties: {} },
  ];
}

/** The real API refuses a conversation in which a tool call has no answer; an agent that sends one has a defect. */
function refuseDanglingToolCalls(messages: readonly ChatMessage[], raw: readonly JsonValue[]): void {
  messages.forEach((message, i) => {
    const open = new Set(message.toolCalls.map((call) => call.id));
    for (let next = i + 1; messages[next]?.role === 'tool'; next++) {
      const answered = raw[next];
      if (isJsonObject(answered) && typeof answered.tool_call_id === 'string') open.delete(answered.tool_call_id);
    }
    if (open.size > 0) {
      throw new BadRequest(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
          `The following tool_call_ids did not have response messages: ${[...open].join(', ')}`,
        'messages',
      );
    }
  });
}
