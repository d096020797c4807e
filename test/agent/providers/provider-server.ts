import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { isJsonObject, type JsonObject } from '../../../src/domain/text/json.js';
import { strictFault, type Sent, type SentMessage } from './strict-history.js';

/** An HTTP answer that is no completion. */
export interface Refusal {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** How one provider behaves. */
export interface Provider {
  /** The base URL's path and query; default `/v1`. */
  base?: string;
  /** What it answers instead of a completion; undefined: it answers. `n` is the request's number, from 1. */
  refuse?(body: Sent, n: number, request: IncomingMessage): Refusal | undefined;
  /** The whole answer in this provider's spelling. A text is sent as it is. */
  spell?(completion: Completion, body: Sent): unknown;
  /** Headers of a completion. */
  headers?: Record<string, string>;
}

export interface Completion extends JsonObject {
  id: string;
  choices: [{ index: number; finish_reason: string; message: ReplyMessage }];
}

export interface ReplyMessage extends JsonObject {
  role: string;
}

export interface ProviderServer {
  baseUrl: string;
  /** Bodies of all requests. */
  sent: Sent[];
  headers: IncomingMessage['headers'][];
  urls: string[];
  /** What the strict reader of conversations found wrong. It is what every provider refuses. */
  faults: string[];
}

interface Call {
  name: string;
  args: unknown;
}

/** What the model behind every provider does: it reads, looks twice at once, and writes the artifact. */
function nextCalls(body: Sent): Call[] {
  const turn = body.messages.filter(({ role }) => role === 'assistant').length;
  if (turn === 0) return [{ name: 'read_file', args: { path: 'repo/a.txt' } }];
  if (turn === 1)
    return [
      { name: 'ls', args: { path: 'repo' } },
      { name: 'grep', args: { pattern: 'orchard', path: 'repo' } },
    ];
  const offersArtifact = body.tools?.some((tool) => tool.function.name === 'write_artifact') ?? false;
  const artifact = { title: 'a', steps: ['é', '1'] };
  return [
    offersArtifact
      ? { name: 'write_artifact', args: artifact }
      : { name: 'write_file', args: { path: 'artifacts/design.json', content: JSON.stringify(artifact) } },
  ];
}

let serial = 0;

function completionOf(body: Sent): Completion {
  const tool_calls = nextCalls(body).map(({ name, args }) => ({
    id: `call_${(++serial).toString(36)}`,
    type: 'function',
    function: { name, arguments: JSON.stringify(args) },
  }));
  return {
    id: `chatcmpl-${++serial}`,
    object: 'chat.completion',
    created: 1_700_000_000,
    model: String(body.model),
    choices: [{ index: 0, finish_reason: 'tool_calls', message: { role: 'assistant', content: null, tool_calls } }],
    usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
  };
}

/** Starts a server that behaves as one provider does. It refuses what every provider refuses. */
export async function startProvider(t: TestContext, provider: Provider): Promise<ProviderServer> {
  const base = new URL(provider.base ?? '/v1', 'http://x');
  const found: ProviderServer = { baseUrl: '', sent: [], headers: [], urls: [], faults: [] };
  const answer = (body: Sent, request: IncomingMessage): Refusal => {
    if (request.url !== `${base.pathname.replace(/\/$/, '')}/chat/completions${base.search}`)
      return { status: 404, body: { error: { message: `Invalid URL (POST ${request.url})` } } };
    const refusal = provider.refuse?.(body, found.sent.length, request);
    if (refusal) return refusal;
    const fault = strictFault(body);
    if (fault !== null) {
      found.faults.push(fault);
      return { status: 400, body: { error: { message: fault, type: 'invalid_request_error' } } };
    }
    const completion = completionOf(body);
    return { status: 200, body: provider.spell?.(completion, body) ?? completion, headers: provider.headers };
  };
  const server = createServer((request, response) => {
    void text(request).then((given) => {
      const body = JSON.parse(given) as Sent;
      found.sent.push(body);
      found.headers.push(request.headers);
      found.urls.push(String(request.url));
      const { status, body: said, headers } = answer(body, request);
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof said === 'string' ? said : JSON.stringify(said));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  found.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}${base.pathname}${base.search}`;
  return found;
}

/** A completion with its message changed. */
export function withMessage(completion: Completion, change: (message: ReplyMessage) => object): Completion {
  const [choice] = completion.choices;
  return { ...completion, choices: [{ ...choice, message: { ...choice.message, ...change(choice.message) } }] };
}

/** A completion with each of its tool calls changed. */
export function withCalls(completion: Completion, change: (call: JsonObject, n: number) => object): Completion {
  return withMessage(completion, ({ tool_calls }) => ({
    tool_calls: (tool_calls as JsonObject[]).map((call, n) => ({ ...call, ...change(call, n) })),
  }));
}

/** The function of a call with parts changed. */
export function withFunction(call: JsonObject, change: object): JsonObject {
  return { function: { ...(isJsonObject(call.function) ? call.function : {}), ...change } };
}

/** A value that should be a text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The assistant messages of a request. */
export function repliesIn({ messages }: Sent): SentMessage[] {
  return messages.filter(({ role }) => role === 'assistant');
}

/** A refusal in OpenAI's form. */
export function openAiError(status: number, message: string, more: object = {}): Refusal {
  return { status, body: { error: { message, type: 'invalid_request_error', param: null, code: null, ...more } } };
}
