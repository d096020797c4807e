import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { pipeline, type Duplex } from 'node:stream';
import { isNamed, normalHost, parseNamedHost, type NamedHost } from './named-host.js';
import { addressOf } from './addresses.js';

export interface Proxy {
  close(): void;
}

const MOST_CONNECTIONS = 256;
const CONNECT_MS = 30_000;
/** The words beside the status, which are all that some tools show. */
const REFUSED = 'The sandbox lets this command reach its named hosts only';
/** Headers that are between a client and its proxy only. */
const HOP_BY_HOP = /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i;

/**
 * An HTTP proxy for one command. It lets through the named hosts and nothing else: `CONNECT` for TLS, and plain HTTP.
 *
 * @param path - where its Unix socket is made
 * @param names - as `parseNamedHost` reads them
 * @param privateHosts - names that may have an address of a private network
 */
export async function startProxy(
  path: string,
  names: readonly string[],
  privateHosts: readonly string[],
): Promise<Proxy> {
  const named = names.map(parseNamedHost).filter((one) => one !== null);
  const open = new Set<Duplex>();
  const keep = <S extends Duplex>(socket: S): S => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    return socket;
  };
  const reach = async (host: string | undefined, port: number): Promise<Socket> => {
    const address = await addressOf(allowed(host, port, named), privateHosts);
    return await connected(keep(connect({ host: address, port })));
  };
  const server = createServer({ maxHeaderSize: 16 * 1024 }, (incoming, response) => {
    void forward(incoming, response, reach);
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.on('connection', keep);
  server.on('connect', (incoming: IncomingMessage, client: Duplex, head: Buffer) => {
    void tunnel(incoming, client, head, reach);
  });
  // a request that asks to become another protocol stays what it is
  server.on('clientError', (_error, socket) => socket.destroy());
  server.listen(path);
  await once(server, 'listening');
  const close = (): void => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  return { close };
}

type Reach = (host: string | undefined, port: number) => Promise<Socket>;

/** @throws Error with words for the command, when the host is none of the named ones */
function allowed(host: string | undefined, port: number, named: readonly NamedHost[]): string {
  const normal = normalHost(host ?? '');
  if (normal !== null && isNamed(normal, port, named)) return normal;
  const which = named.map((one) => (one.port === null ? one.host : `${one.host}:${one.port}`)).join(', ');
  throw new Error(
    `the sandbox lets this command reach ${which || 'no host'} only, not ${JSON.stringify(`${host ?? ''}:${port}`)}`,
  );
}

async function tunnel(incoming: IncomingMessage, client: Duplex, head: Buffer, reach: Reach): Promise<void> {
  try {
    const [, host, port] = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(incoming.url ?? '') ?? [];
    const server = await reach(host, Number(port ?? 0));
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    server.write(head);
    pipeline(server, client, server, () => undefined);
  } catch (error) {
    client.end(`HTTP/1.1 403 ${REFUSED}\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n${wordsOf(error)}\n`);
  }
}

async function forward(incoming: IncomingMessage, response: ServerResponse, reach: Reach): Promise<void> {
  try {
    const url = new URL(incoming.url ?? '');
    if (url.protocol !== 'http:') throw new Error('a proxy request has an http: URL');
    const socket = await reach(url.hostname, Number(url.port || 80));
    const headers = [...pairs(incoming.rawHeaders)].filter(([name]) => !HOP_BY_HOP.test(name) && !/^host$/i.test(name));
    const outgoing = request({
      createConnection: () => socket,
      method: incoming.method,
      path: `${url.pathname}${url.search}`,
      headers: [...headers, ['Host', url.host], ['Connection', 'close']].flat(),
    });
    outgoing.on('response', (answer) => {
      const back = [...pairs(answer.rawHeaders)].filter(([name]) => !HOP_BY_HOP.test(name));
      response.writeHead(answer.statusCode ?? 502, back.flat());
      pipeline(answer, response, () => undefined);
    });
    outgoing.on('error', (error) => refuse(response, 502, error));
    pipeline(incoming, outgoing, () => undefined);
  } catch (error) {
    refuse(response, 403, error);
  }
}

function* pairs(raw: readonly string[]): Generator<[string, string]> {
  for (let n = 0; n + 1 < raw.length; n += 2) yield [raw[n] ?? '', raw[n + 1] ?? ''];
}

function refuse(response: ServerResponse, status: number, error: unknown): void {
  if (response.headersSent) return void response.destroy();
  response
    .writeHead(status, status === 403 ? REFUSED : undefined, { 'Content-Type': 'text/plain' })
    .end(`${wordsOf(error)}\n`);
}

async function connected(socket: Socket): Promise<Socket> {
  socket.setTimeout(CONNECT_MS, () => socket.destroy(new Error('the host does not answer')));
  await once(socket, 'connect');
  socket.setTimeout(0);
  return socket;
}

function wordsOf(error: unknown): string {
  return `phasegate: ${error instanceof Error ? error.message : String(error)}`.replace(/[\r\n]/g, ' ');
}
