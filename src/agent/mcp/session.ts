import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { RequestOptions } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ResultSchema, type ListToolsResult } from '@modelcontextprotocol/sdk/types.js';
import type { JsonObject } from '../../domain/text/json.js';

const CLOSE_MS = 1_000;

/**
 * The session with one server, for one request at a time. A server that has forgotten it, since it was started anew, gets
 * a new one.
 */
export class Session {
  #client: Client | null = null;
  #fail: (error: unknown) => void = () => undefined;
  readonly #connection: () => Transport;

  /** @param connection - makes a connection that was not used yet */
  constructor(connection: () => Transport) {
    this.#connection = connection;
  }

  /** Begins the session, or a new one. */
  async open(options: RequestOptions): Promise<void> {
    await this.close();
    // a schema of a server is not compiled on the thread that all runs share
    const client = new Client(
      { name: 'phasegate', version: '1' },
      {
        jsonSchemaValidator: {
          getValidator: () => (data) => ({ valid: true, data: data as never, errorMessage: undefined }),
        },
      },
    );
    client.onerror = (error) => this.#fail(error);
    this.#client = client;
    await this.#orBroken(client.connect(this.#connection(), options));
  }

  listTools(cursor: string | undefined, options: RequestOptions): Promise<ListToolsResult> {
    return this.#orBroken(this.#opened().listTools({ ...(cursor !== undefined && { cursor }) }, options));
  }

  /** @returns the result as the server sent it: an output schema of the tool is not held against it */
  async callTool(params: { name: string; arguments: JsonObject }, options: RequestOptions): Promise<JsonObject> {
    const ask = async (): Promise<JsonObject> =>
      (await this.#orBroken(
        this.#opened().request({ method: 'tools/call', params }, ResultSchema, options),
      )) as JsonObject;
    const { transport } = this.#opened();
    try {
      return await ask();
    } catch (error) {
      if (transport?.sessionId === undefined || !isForgotten(error)) throw error;
      // nothing was run: the server knew nobody by this session
      await this.open(options);
      return ask();
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    if (client === null) return;
    this.#client = null;
    const late = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref());
    await Promise.race([client.close().catch(() => undefined), late]);
  }

  #opened(): Client {
    if (this.#client === null) throw new Error('the connection is closed');
    return this.#client;
  }

  /** Ends a wait when the connection breaks. The SDK itself waits for the time-out when an answer breaks off. */
  #orBroken<T>(work: Promise<T>): Promise<T> {
    const broken = new Promise<never>((_, reject) => (this.#fail = reject));
    return Promise.race([work, broken]);
  }
}

/** 404 by the specification. Some servers answer with 400, and words. */
function isForgotten(error: unknown): boolean {
  if (!(error instanceof StreamableHTTPError)) return false;
  return error.code === 404 || (error.code === 400 && /session|initiali[sz]/i.test(error.message));
}
