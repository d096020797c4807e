import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { PhasegateError } from '../../domain/failures.js';

const { Payloads } = proto.temporal.api.common.v1;

export interface CodecServerOptions {
  codec: PayloadCodec;
  /** The only namespace that it answers for. */
  namespace: string;
  /** The origin of Temporal Web: `http://localhost:8233`. Pages of other origins are refused. */
  uiOrigins: readonly string[];
}

/** What the CLI and Temporal Web send in one request is a page of a history at most. */
const MAX_BODY_BYTES = 128 * 1024 * 1024;
const WAY = /\/(encode|decode)$/;
/** Temporal Web sends a query behind the path. */
const ANY_HOST = 'http://localhost';
const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/**
 * A server that decrypts and encrypts payloads for the `temporal` CLI (`--codec-endpoint`) and for Temporal Web. Who
 * reaches it can read everything, so it listens on the loopback address only (see the command `codec-server`), and
 * refuses pages of other origins, other names of the machine (DNS rebinding) and other namespaces.
 *
 * @returns it does not listen yet
 */
export function createCodecServer(options: CodecServerOptions): Server {
  return createServer((request, response) => {
    answer(request, response, options).catch((error: unknown) => {
      const known = error instanceof PhasegateError;
      if (!response.headersSent) say(response, known ? 400 : 500, known ? `${error.code}: ${error.message}` : 'failed');
      else response.destroy();
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { codec, namespace, uiOrigins }: CodecServerOptions,
): Promise<void> {
  const { origin, host = '' } = request.headers;
  if (!LOOPBACK.test(host)) return say(response, 403, 'ask for it as localhost');
  if (origin !== undefined) {
    if (!uiOrigins.includes(origin)) return say(response, 403, `pages of ${origin} may not ask: see --ui-origin`);
    allow(response, origin);
  }
  if (request.method === 'OPTIONS') return void response.writeHead(204).end();
  const way = WAY.exec(new URL(request.url ?? '/', ANY_HOST).pathname)?.[1];
  if (request.method !== 'POST' || way === undefined) return say(response, 404, 'POST /encode or /decode');
  const asked = request.headers['x-namespace'];
  if (asked !== namespace) return say(response, 403, `only payloads of the namespace ${namespace} are read here`);
  const payloads = await readBody(request);
  if (payloads === null) return say(response, 400, 'the body is not {"payloads": […]}');
  const done = way === 'encode' ? await codec.encode(payloads) : await codec.decode(payloads);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(Payloads.create({ payloads: done }).toJSON()));
}

function allow(response: ServerResponse, origin: string): void {
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-methods', 'POST, OPTIONS');
  response.setHeader('access-control-allow-headers', 'content-type, x-namespace, authorization');
  response.setHeader('access-control-allow-credentials', 'true');
  response.setHeader('vary', 'origin');
}

function say(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
}

/** Null where it is not JSON of payloads. */
async function readBody(request: IncomingMessage): Promise<Payload[] | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BODY_BYTES) return null;
    parts.push(part);
  }
  try {
    const body: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
    return Payloads.fromObject(body as Record<string, unknown>).payloads;
  } catch {
    return null;
  }
}
