import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { JSONRPCMessageSchema, type JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { ToolServer } from '../agent-request.js';
import { MAX_BYTES } from './bounded-fetch.js';

/** A server whose output has ended gets so long to end itself, so that it can be told how. */
const LAST_WORDS_MS = 3_000;
const NEW_LINE = 0x0a;

/**
 * Messages of a server in the sandbox: one line of JSON each, by its standard input and output. Lines that are none are
 * passed over, since many programs print a greeting. What comes for one request is bounded, whatever it is.
 */
export class StreamTransport implements Transport {
  onmessage?: (message: JSONRPCMessage) => void;
  onerror?: (error: Error) => void;
  onclose?: () => void;
  readonly #server: ToolServer;
  /** The line that has begun. */
  #line: Buffer[] = [];
  /** Bytes since the last request. */
  #bytes = 0;
  #isOver = false;

  constructor(server: ToolServer) {
    this.#server = server;
  }

  start(): Promise<void> {
    const { stream, ended } = this.#server;
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
    stream.once('end', () => void this.#lastWords());
    stream.once('close', () => void this.#lastWords());
    void ended.then((words) => this.#end(words));
    return Promise.resolve();
  }

  send(message: JSONRPCMessage): Promise<void> {
    if (this.#isOver) return Promise.reject(new Error('it has ended'));
    if ('method' in message && 'id' in message) this.#bytes = 0;
    // not awaited: a server that reads nothing would hold more than its call
    this.#server.stream.write(`${JSON.stringify(message)}\n`, () => undefined);
    return Promise.resolve();
  }

  close(): Promise<void> {
    if (!this.#isOver) this.#over();
    return Promise.resolve();
  }

  #take(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_BYTES) return this.#end(`the server sent more than ${MAX_BYTES} bytes`);
    let from = 0;
    for (let to = chunk.indexOf(NEW_LINE); to !== -1; to = chunk.indexOf(NEW_LINE, from)) {
      const line = Buffer.concat([...this.#line, chunk.subarray(from, to)]).toString();
      this.#line = [];
      from = to + 1;
      const message = messageOf(line);
      if (message !== null) this.onmessage?.(message);
    }
    if (from < chunk.length) this.#line.push(chunk.subarray(from));
  }

  async #lastWords(): Promise<void> {
    const late = new Promise<string>((resolve) => {
      setTimeout(() => resolve('it closed its standard output'), LAST_WORDS_MS).unref();
    });
    this.#end(await Promise.race([this.#server.ended, late]));
  }

  #end(words: string): void {
    if (this.#isOver) return;
    this.onerror?.(new Error(words));
    this.#over();
  }

  #over(): void {
    this.#isOver = true;
    this.#line = [];
    this.#server.stream.destroy();
    this.onclose?.();
  }
}

function messageOf(line: string): JSONRPCMessage | null {
  try {
    return JSONRPCMessageSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
