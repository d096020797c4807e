import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface RawMcp {
  url: string;
  /** Calls that were run. */
  calls: number;
  /** Forgets all sessions, as a server does that was started anew. */
  restart(): void;
}

interface Answers {
  tools: object[];
  /** The result of the n-th call, from 1, as it is sent; an Error is sent as one of JSON-RPC, or as a status of HTTP. */
  result(n: number): object | { rpcError: { code: number; message: string } } | { status: number };
  /** The status and words for a session that it does not know. */
  unknownSession?: { status: number; words: string };
}

/** A server of tools with sessions, that sends whatever it is told to. The SDK's own would refuse some of it. */
export async function startRawMcp(t: TestContext, { tools, result, unknownSession }: Answers): Promise<RawMcp> {
  const sessions = new Set<unknown>();
  const raw: RawMcp = { url: '', calls: 0, restart: () => sessions.clear() };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const { id, method } = JSON.parse(Buffer.concat(chunks).toString()) as { id?: number; method: string };
    const say = (body: object, headers = {}): void => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify({ jsonrpc: '2.0', id, ...body }));
    };
    if (method === 'initialize') {
      const session = randomUUID();
      sessions.add(session);
      const serverInfo = { name: 'raw', version: '1' };
      return say(
        { result: { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo } },
        { 'mcp-session-id': session },
      );
    }
    if (!sessions.has(request.headers['mcp-session-id'])) {
      const { status, words } = unknownSession ?? { status: 404, words: 'Session not found' };
      return void response.writeHead(status).end(words);
    }
    if (id === undefined) return void response.writeHead(202).end();
    if (method === 'tools/list') return say({ result: { tools } });
    raw.calls++;
    const sent = result(raw.calls);
    if ('status' in sent && typeof sent.status === 'number')
      return void response.writeHead(sent.status).end('try again');
    say('rpcError' in sent ? { error: sent.rpcError } : { result: sent });
  };
  const http = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    http.closeAllConnections();
    http.close();
  });
  raw.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;
  return raw;
}
