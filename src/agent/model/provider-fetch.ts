import { isJsonObject, type JsonObject } from '../../domain/text/json.js';
import { maskInJson } from '../../domain/text/secrets.js';
import { boundedArguments, MAX_KEPT_CALLS } from './tool-calls.js';

/** Longest reply that is read: a provider that streams without end must not fill the worker's memory. */
const MAX_REPLY_BYTES = 16 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;
const ERROR_BODY_MS = 5_000;

/** The provider answered, but not with a chat completion. */
export class BadReply extends Error {
  override readonly name = 'BadReply';

  /** @param saysError - whether it tells of an error, and so is no completion that was cut or spoilt */
  constructor(
    message: string,
    readonly saysError = false,
  ) {
    super(message);
  }
}

/** The request did not get through, or the answer broke off; the reason is the `cause`. */
export class TransportFailure extends Error {
  override readonly name = 'TransportFailure';
}

/**
 * Makes the `fetch` of a model client. It reads the whole answer itself, so that one AbortSignal covers a stalled body
 * too, and lets nothing through but a chat completion or an HTTP error: what the client makes of other answers is a
 * TypeError.
 *
 * @param apiKey - masked in the answer: a provider knows the key, and what it answers is kept in conversations and
 *   files
 * @returns throws BadReply, TransportFailure
 */
export function providerFetch(apiKey: string): typeof fetch {
  return (input, init) => fetchReply(apiKey, input, init);
}

async function fetchReply(apiKey: string, input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const answer = await transport(() => fetch(input, init));
  if (!answer.ok) return rebuilt(answer, answer.status, readableError(await errorText(answer)));
  const text = await transport(() => readText(answer));
  const reply = parse(text);
  const choice: unknown = Array.isArray(reply.choices) ? reply.choices[0] : undefined;
  if (isJsonObject(reply.error)) {
    // a completion that broke off on its way has both, and is paid
    const isNothingElse = choice === undefined && !isJsonObject(reply.usage);
    // routers answer 200 and put the real status into the body
    const status = Number(reply.error.code);
    if (isNothingElse && Number.isInteger(status) && status >= 400 && status <= 599)
      return rebuilt(answer, status, text);
    throw new BadReply(
      `an error instead of a reply: ${JSON.stringify(reply.error.message ?? reply.error)}`,
      isNothingElse,
    );
  }
  if (choice === undefined && typeof reply.error === 'string')
    throw new BadReply(`an error instead of a reply: ${JSON.stringify(reply.error)}`, true);
  if (!isJsonObject(choice) || !isJsonObject(choice.message)) throw new BadReply('a reply without a choice');
  boundCalls(choice.message.tool_calls);
  return rebuilt(answer, answer.status, safeText(reply, apiKey));
}

/**
 * Arguments that are nested too deep are the model's doing, and answered as such. Calls without end are left out: the
 * answers to those that stay say how many are run.
 */
function boundCalls(calls: unknown): void {
  if (!Array.isArray(calls)) return;
  calls.splice(MAX_KEPT_CALLS);
  for (const call of calls as unknown[]) {
    if (isJsonObject(call) && isJsonObject(call.function))
      call.function.arguments = boundedArguments(call.function.arguments) ?? null;
  }
}

function safeText(reply: JsonObject, apiKey: string): string {
  try {
    return JSON.stringify(maskInJson(reply, apiKey));
  } catch (error) {
    throw error instanceof RangeError ? new BadReply('a reply that is nested too deep') : error;
  }
}

/** The status says enough: words that break off, or do not come soon, are not waited for. */
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
    // what has come is told
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

async function readText(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > MAX_REPLY_BYTES) throw new BadReply(`a reply of more than ${MAX_REPLY_BYTES} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
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
