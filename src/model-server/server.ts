import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseBehaviours, type Behaviour } from './behaviour.js';
import type { RequestRecord } from './request-log.js';
import { Routes } from './routes.js';

export type { Behaviour, Fault } from './behaviour.js';
export type { RequestRecord } from './request-log.js';

export interface ModelServerOptions {
  /** 0 (the default) takes any free port. */
  port?: number;
  /** Default `127.0.0.1`. */
  host?: string;
  /** Every completion takes at least this long, in milliseconds. */
  delayMs?: number;
  /** Tokens of prompt and reply together, by model. A longer request is refused as OpenAI does. */
  contextTokens?: Readonly<Record<string, number>>;
}

/** A running scripted model server. */
export interface ModelServer {
  /** Base URL for clients: `http://127.0.0.1:PORT/v1`. */
  readonly url: string;
  readonly port: number;
  /** Requests for completions, oldest first. The last 5,000 (or 64 MiB) are kept. */
  readonly requests: readonly RequestRecord[];
  /**
   * Sets the answers to the next requests for a model. After them the model gives default answers again.
   *
   * @param exhaustive - after the end of the script a request gets a 500 "script exhausted" instead
   */
  script(model: string, behaviours: readonly Behaviour[], options?: { exhaustive?: boolean }): void;
  /** Cuts open connections and stops. */
  close(): Promise<void>;
}

/**
 * Starts an HTTP server that stands in for a model provider, on this machine.
 *
 * @throws Error of `node:net` when the port is taken
 */
export async function startModelServer({
  port = 0,
  host = '127.0.0.1',
  delayMs = 0,
  contextTokens = {},
}: ModelServerOptions = {}): Promise<ModelServer> {
  const routes = new Routes(delayMs, contextTokens);
  const server = createServer((request, response) => void routes.handle(request, response));
  // agents keep connections open between calls; an idle connection must not be cut just when the next call begins
  server.keepAliveTimeout = 60_000;
  await listen(server, port, host);
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}/v1`,
    port: address.port,
    requests: routes.log.records,
    script: (model, behaviours, options) => routes.scripts.set(model, parseBehaviours(behaviours), options?.exhaustive),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
