import { isJsonObject, type JsonObject } from '../domain/json.js';
import { maskInJson } from '../domain/secrets.js';

/** Longest reply that is read: a provider that streams without end must not fill the worker's memory. */
const MAX_REPLY_BYTES = 16 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;

/** The provider answered, but not with a chat completion. */
export class BadReply extends Error {
  override readonly name = 'BadReply';
}

/** The request did not get through, or the answer broke off; the reason is the `cause`. */
export class TransportFailure extends Error {
  override readonly name = 'TransportFailure';
}

/**
 * Makes the `fetch` of a model client. It reads the whole answer itself, so that one AbortSignal covers a stalled body too, and
 * lets nothing through but a chat completion or an HTTP error: what the client makes of other answers is a TypeError.
 *
 * @param apiKey - masked in the answer: a provider knows the key, and what it answers is kept in conversations and files
 * @returns throws BadReply, TransportFailure
 */
export function providerFetch(apiKey: string): typeof fetch {
  return (input, init) => fetchReply(apiKey, input, init);
}

async function fetchReply(apiKey: string, input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const answer = await transport(() => fetch(input, init));
  const text = await transport(() => readText(answer, answer.ok ? MAX_REPLY_BYTES : MAX_ERROR_BYTES));
  if (!answer.ok) return rebuilt(answer, answer.status, readableError(text));
  const reply = parse(text);
  if (isJsonObject(reply.error)) {
    // routers answer 200 and put the real status into the body
    const status = Number(reply.error.code);
    if (Number.isInteger(status) && status >= 400 && status <= 599) return rebuilt(answer, status, text);
    throw new BadReply(`an error instead of a reply: ${JSON.stringify(reply.error.message ?? reply.error)}`);
  }
  const choice: unknown = Array.isArray(reply.choices) ? reply.choices[0] : undefined;
  if (!isJsonObject(choice) || !isJsonObject(choice.message)) throw new BadReply('a reply without a choice');
  return rebuilt(answer, answer.status, JSON.stringify(maskInJson(reply, apiKey)));
}

async function transport<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof BadReply) throw cause;
    throw new TransportFailure('the exchange with the provider broke off', { cause });
  }
}

async function readText(answer: Response, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes <= limit) continue;
    if (answer.ok) throw new BadReply(`a reply of more than ${limit} bytes`);
    break;
  }
  return Buffer.concat(chunks).toString('utf8').slice(0, limit);
}

function parse(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadReply(text.trim() === '' ? 'an empty body' : `a body that is not JSON: ${text.trim().slice(0, 200)}`);
  }
  if (!isJsonObject(value)) throw new BadReply('JSON that is not an object');
  return value;
}

/** The client looks for `{error}` only; `{detail}` and `{message}` are common too. */
function readableError(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value) && value.error === undefined) return JSON.stringify({ error: { message: text } });
  } catch {
    // not JSON: the client takes the text as it is
  }
  return text;
}

function rebuilt(answer: Response, status: number, text: string): Response {
  const headers = new Headers(answer.headers);
  headers.set('content-type', 'application/json');
  headers.delete('content-length');
  headers.delete('content-encoding');
  return new Response(text === '' ? null : text, { status, headers });
}
