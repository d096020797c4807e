import { Agent, EnvHttpProxyAgent, fetch, type Response } from 'undici';
import type { JsonObject, JsonValue } from '../../domain/text/json.js';
import { secretsInHeader } from '../../domain/text/secrets.js';
import { offload, TookTooLong } from '../../offload/offload.js';
import { readReply, type ReadReply } from '../../offload/read-reply.js';
import { toldError, type ToldError } from '../../offload/reply/told-error.js';
import type { ModelAccess } from '../agent-request.js';
import { BadReply, ErrorReply, TransportFailure } from './provider-errors.js';

/** Longest reply that is read. It is far more than a model can say, and little enough for the worker's one thread. */
const MAX_REPLY_BYTES = 4 * 1024 * 1024;
/** A stream has an envelope around each word. */
const MAX_STREAM_BYTES = 32 * 1024 * 1024;
/** Longer replies are read in the second thread. */
const SHORT_BYTES = 64 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;
const ERROR_BODY_MS = 5_000;

/** undici would end a call after 300 s without a byte. Only our own deadline ends one. */
const NO_LIMITS = { headersTimeout: 0, bodyTimeout: 0 };
const dispatcher = process.env.NODE_USE_ENV_PROXY === '1' ? new EnvHttpProxyAgent(NO_LIMITS) : new Agent(NO_LIMITS);

/** How a provider is reached. */
export type ProviderAddress = Pick<ModelAccess, 'baseUrl' | 'apiKey' | 'headers' | 'sendsKey'>;

/**
 * Sends one request to a provider and reads the whole answer, so that one AbortSignal covers a stalled body too. It
 * retries nothing: Temporal does.
 *
 * @param body - of the chat completion
 * @param signal - ends the call, whatever it waits for
 * @returns the completion, of which `readReply` has kept what is used
 * @throws BadReply, ErrorReply, TransportFailure
 */
export async function askProvider(
  address: ProviderAddress,
  body: JsonObject,
  signal: AbortSignal,
): Promise<JsonObject> {
  const secrets = secretsOf(address);
  const answer = await transport(() =>
    fetch(chatUrl(address.baseUrl), {
      method: 'POST',
      headers: headersOf(address, body.stream === true),
      body: JSON.stringify(body),
      // a redirection would take the conversation to another server, or make a GET without it
      redirect: 'manual',
      signal,
      dispatcher,
    }),
  );
  const headers = new Headers([...answer.headers]);
  if (!answer.ok) throw new ErrorReply(answer.status, errorOf(await errorText(answer), answer), headers);
  const reply = await read(await transport(() => readBytes(answer)), secrets);
  if ('problem' in reply) throw new BadReply(reply.problem, reply);
  if ('error' in reply) throw new ErrorReply(reply.status, reply.error, headers, reply.isPaid);
  return JSON.parse(reply.text) as JsonObject;
}

/** Headers that only tell who asks, and how. Their values may stand in a repository. */
const NO_SECRET = /^(http-referer|referer|x-title|user-agent|accept|openai-(organization|project)|.*-(version|beta))$/;

/** The values that no message and no record may have. */
export function secretsOf({ apiKey, headers = {} }: ProviderAddress): string[] {
  const values = Object.entries(headers).flatMap(([name, value]) => (NO_SECRET.test(name) ? [] : [value]));
  return [...new Set([apiKey, ...values].flatMap(secretsInHeader))];
}

/** The address of the chat API. A query of the base URL stays behind the path. */
function chatUrl(baseUrl: string): URL {
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/chat/completions`;
  return url;
}

function headersOf({ apiKey, headers, sendsKey = true }: ProviderAddress, asStream: boolean): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: asStream ? 'text/event-stream' : 'application/json',
    'user-agent': 'phasegate',
    ...(sendsKey && { authorization: `Bearer ${apiKey}` }),
    ...headers,
  };
}

async function read(bytes: Uint8Array, secrets: string[]): Promise<ReadReply> {
  if (bytes.length <= SHORT_BYTES) return readReply(bytes, secrets);
  try {
    return await offload('readReply', bytes, secrets);
  } catch (error) {
    throw error instanceof TookTooLong ? new BadReply(`a reply of which the reading ${error.message}`) : error;
  }
}

/** Reads the text of an error. The status says enough, so it does not wait for text that breaks off or comes late. */
async function errorText(answer: Response): Promise<string> {
  const reader = (answer.body as ReadableStream<Uint8Array> | null)?.getReader();
  const giveUp = (): void => void reader?.cancel().catch(() => undefined);
  const timer = setTimeout(giveUp, ERROR_BODY_MS);
  const chunks: Uint8Array[] = [];
  try {
    for (let bytes = 0; reader && bytes <= MAX_ERROR_BYTES; bytes += chunks.at(-1)?.byteLength ?? 0) {
      const { value } = await reader.read();
      if (!value) break;
      chunks.push(value);
    }
  } catch {
    // the part that has come is told
  }
  clearTimeout(timer);
  giveUp();
  return Buffer.concat(chunks).toString('utf8').slice(0, MAX_ERROR_BYTES);
}

async function transport<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof BadReply) throw cause;
    throw new TransportFailure('the exchange with the provider broke off', { cause });
  }
}

async function readBytes(answer: Response): Promise<Uint8Array> {
  const isStream = answer.headers.get('content-type')?.includes('event-stream') ?? false;
  const limit = isStream ? MAX_STREAM_BYTES : MAX_REPLY_BYTES;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > limit) throw new BadReply(`a reply of more than ${limit} bytes`);
  }
  return Buffer.concat(chunks);
}

/** The provider's error, or the text itself where it has no form that is known. */
function errorOf(text: string, { status, headers }: Response): ToldError {
  const location = headers.get('location');
  if (status < 400 && location !== null) return { message: `a redirection to ${location}` };
  try {
    return toldError(JSON.parse(text) as JsonValue, true) ?? { message: text };
  } catch {
    return { message: text };
  }
}
