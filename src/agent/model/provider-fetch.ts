import { isJsonObject } from '../../domain/text/json.js';
import { offload, TookTooLong } from '../../offload/offload.js';
import { readReply, type ReadReply } from '../../offload/read-reply.js';

/** Longest reply that is read. It is far more than a model can say, and little enough for the worker's one thread. */
const MAX_REPLY_BYTES = 4 * 1024 * 1024;
/** Longer replies are read in the second thread. */
const SHORT_BYTES = 64 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;
const ERROR_BODY_MS = 5_000;

/** The provider answered, but not with a chat completion. */
export class BadReply extends Error {
  override readonly name = 'BadReply';

  /** @param saysError - whether the answer tells of an error, so that it is not a completion that was cut or spoilt */
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
 * too. It lets only a chat completion or an HTTP error through, because the client makes a TypeError of other answers.
 *
 * @param apiKey - masked in the answer: a provider knows the key, and its answers are kept in conversations and files
 * @returns throws BadReply, TransportFailure
 */
export function providerFetch(apiKey: string): typeof fetch {
  return (input, init) => fetchReply(apiKey, input, init);
}

async function fetchReply(apiKey: string, input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const answer = await transport(() => fetch(input, init));
  if (!answer.ok) return rebuilt(answer, answer.status, readableError(await errorText(answer)));
  const reply = await read(await transport(() => readBytes(answer)), apiKey);
  if ('problem' in reply) throw new BadReply(reply.problem, reply.saysError);
  return rebuilt(answer, 'status' in reply ? reply.status : answer.status, reply.text);
}

async function read(bytes: Uint8Array, apiKey: string): Promise<ReadReply> {
  if (bytes.length <= SHORT_BYTES) return readReply(bytes, apiKey);
  try {
    return await offload('readReply', bytes, apiKey);
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
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > MAX_REPLY_BYTES) throw new BadReply(`a reply of more than ${MAX_REPLY_BYTES} bytes`);
  }
  return Buffer.concat(chunks);
}

/** The client looks for `{error}` only; `{detail}` and `{message}` are common too. */
function readableError(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value) && value.error === undefined) return JSON.stringify({ error: { message: text } });
  } catch {
    // it is not JSON: the client takes the text as it is
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
