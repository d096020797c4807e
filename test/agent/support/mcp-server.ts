import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema, ListToolsRequestSchema, type Tool } from '@modelcontextprotocol/sdk/types.js';

/** How a server of tools behaves. */
export interface Mcp {
  tools: Tool[];
  /** The text of a call's result. */
  call?(name: string, args: unknown): string | Promise<string>;
  /** Answers instead of the SDK. @returns whether it did */
  instead?(request: IncomingMessage, response: ServerResponse): boolean;
}

export interface McpPlace {
  url: string;
  calls: { name: string; args: unknown }[];
  headers: IncomingMessage['headers'][];
  stop(): void;
}

/** Starts a real server of the SDK over HTTP. */
export async function startMcp(t: TestContext, mcp: Mcp): Promise<McpPlace> {
  const place: McpPlace = { url: '', calls: [], headers: [], stop: () => undefined };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    place.headers.push(request.headers);
    if (mcp.instead?.(request, response)) return;
    const server = new Server({ name: 'test', version: '1' }, { capabilities: { tools: {} } });
    server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: mcp.tools }));
    server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
      place.calls.push({ name: params.name, args: params.arguments });
      return { content: [{ type: 'text', text: (await mcp.call?.(params.name, params.arguments)) ?? 'done' }] };
    });
    // a server without sessions: one for each request
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    response.on('close', () => void transport.close());
    await server.connect(transport);
    await transport.handleRequest(request, response);
  };
  const http = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  place.stop = () => {
    http.closeAllConnections();
    http.close();
  };
  t.after(place.stop);
  place.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;
  return place;
}
