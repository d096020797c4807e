import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { MOST_SLIPS } from '../../../src/agent/slips/count-turns.js';
import { until } from '../../support/until.js';

/** Answers one request with full control of the bytes. */
export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

export interface SentMessage {
  role: string;
  content: unknown;
  tool_calls?: { id: string; function: { name: string; arguments: string } }[];
  tool_call_id?: string;
}

export interface ReceivedRequest {
  headers: IncomingMessage['headers'];
  body: {
    messages: SentMessage[];
    tools?: { function: { name: string; parameters: Record<string, unknown> } }[];
    [field: string]: unknown;
  };
  /** Milliseconds from the request to the end of its connection, once it was closed by the client. */
  abortedAfterMs: number | null;
}

export interface HttpStub {
  baseUrl: string;
  requests: ReceivedRequest[];
  /** Answers that are still to come; what is asked beyond them gets a 599. */
  script: Answer[];
  close(): Promise<void>;
}

/** A model server that plays a script, one answer a request. */
export async function startHttpStub(...script: Answer[]): Promise<HttpStub> {
  const stub: HttpStub = { baseUrl: '', requests: [], script, close: async () => undefined };
  const server = createServer((request, response) => void play(request, response));
  const play = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = JSON.parse(await text(request)) as ReceivedRequest['body'];
    const received: ReceivedRequest = { headers: request.headers, body, abortedAfterMs: null };
    stub.requests.push(received);
    const start = performance.now();
    response.on('close', () => {
      if (!response.writableEnded) received.abortedAfterMs = performance.now() - start;
    });
    const answer = stub.script.shift();
    if (answer) answer(response, request);
    else status(599, { error: { message: 'the script is exhausted' } })(response, request);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stub.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  stub.close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return stub;
}

/**
 * Waits, for at most 2 s, until the client has closed the connection of the first request. @returns after how many
 * milliseconds
 */
export async function closedByClient(stub: HttpStub): Promise<number> {
  const closed = (): number | null => stub.requests[0]?.abortedAfterMs ?? null;
  await until(
    () => closed() !== null,
    2_000,
    () => `${stub.requests.length} requests, and the first one's connection was not closed`,
  );
  return closed() ?? NaN;
}

/** An HTTP status with a JSON or text body. */
export function status(code: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) => {
    const isText = typeof body === 'string';
    response.writeHead(code, { 'content-type': isText ? 'text/html' : 'application/json', ...headers });
    response.end(isText ? body : JSON.stringify(body));
  };
}

let serial = 0;

/** A chat completion; `message`, `choice` and `top` are laid over the usual ones. */
export function completion(message: object, choice: object = {}, top: object = {}): Answer {
  return status(200, {
    id: `chatcmpl-${++serial}`,
    object: 'chat.completion',
    model: 'stub',
    choices: [
      { index: 0, message: { role: 'assistant', content: null, ...message }, finish_reason: 'stop', ...choice },
    ],
    usage: {
      prompt_tokens: 120,
      completion_tokens: 30,
      total_tokens: 150,
      prompt_tokens_details: { cached_tokens: 64 },
      completion_tokens_details: { reasoning_tokens: 12 },
    },
    ...top,
  });
}

/** The model says something and calls no tool. */
export const say = (content: string, choice: object = {}, top: object = {}): Answer =>
  completion({ content }, choice, top);

/** The model says the same until nobody asks it any more. */
export const onlySay = (content: string, choice: object = {}, top: object = {}): Answer[] =>
  Array.from({ length: MOST_SLIPS }, () => say(content, choice, top));

/** The model calls tools; arguments that are a string are sent as they are. */
export function callTools(
  calls: { name: string; args: unknown; id?: string }[],
  choice: object = {},
  top: object = {},
): Answer {
  const tool_calls = calls.map(({ name, args, id }) => ({
    id: id ?? `call-${++serial}`,
    type: 'function',
    function: { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) },
  }));
  return completion({ tool_calls }, { finish_reason: 'tool_calls', ...choice }, top);
}

export const callTool = (name: string, args: unknown): Answer => callTools([{ name, args }]);
