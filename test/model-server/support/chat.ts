import type { TestContext } from 'node:test';
import type { JsonObject } from '../../../src/domain/text/json.js';
import { startModelServer, type ModelServer, type ModelServerOptions } from '../../../src/model-server/server.js';

export interface Completion {
  id: string;
  system_fingerprint: string;
  choices: {
    finish_reason: string;
    message: {
      content: string | null;
      refusal: string | null;
      tool_calls?: { id: string; function: { name: string; arguments: string } }[];
    };
  }[];
  usage: {
    prompt_tokens: number;
    completion_tokens: number;
    total_tokens: number;
    prompt_tokens_details: { cached_tokens: number };
    completion_tokens_details: { reasoning_tokens: number };
  };
}

export type Message = Record<string, unknown>;

export const PROMPT =
  'Artifact to leave: artifacts/note.json\n{\n  "$id": "urn:test:note",\n  "type": "object",\n  "required": ["title"],\n  "properties": { "title": { "type": "string", "minLength": 3 } }\n}\nREQUIREMENTS BEGIN 1\n# Greet in Welsh\nREQUIREMENTS END 1';

/** A server for one test. */
export async function serve(t: TestContext, options?: ModelServerOptions): Promise<ModelServer> {
  const server = await startModelServer(options);
  t.after(() => server.close());
  return server;
}

export function tool(name: string, parameters: JsonObject = { type: 'object' }): JsonObject {
  return { type: 'function', function: { name, parameters } };
}

/** Sends a request as a client does; gives the raw response. */
export function post({ url }: ModelServer, body: JsonObject | string, signal?: AbortSignal): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer k' },
    body: text,
    signal: signal ?? null,
  });
}

/** Asks with a conversation; gives the completion. */
export async function ask(
  server: ModelServer,
  tools: readonly string[] = ['write_file'],
  messages: Message[] = [{ role: 'user', content: PROMPT }],
  model = 'm',
): Promise<Completion> {
  const response = await post(server, {
    model,
    messages: messages as JsonObject[],
    tools: tools.map((name) => tool(name)),
  });
  return (await response.json()) as Completion;
}

/** The one tool call of a completion. */
export function onlyCall(completion: Completion): { name: string; args: Record<string, unknown> } {
  const [call, ...others] = completion.choices[0]?.message.tool_calls ?? [];
  if (!call || others.length > 0) throw new Error(`expected one tool call: ${JSON.stringify(completion)}`);
  return { name: call.function.name, args: JSON.parse(call.function.arguments) as Record<string, unknown> };
}
