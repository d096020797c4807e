// A server of tools over standard input and output, written with the SDK. Tests bundle it into one file.
import { readFileSync, writeFileSync } from 'node:fs';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const HOW = {
  look: () => JSON.stringify({ env: process.env, cwd: process.cwd(), pid: process.pid }),
  read: ({ path }) => readFileSync(path, 'utf8'),
  write: ({ path }) => (writeFileSync(path, 'changed'), 'written'),
  ask: async ({ url }) => String((await fetch(url)).status),
  flood: () => new Promise(() => setInterval(() => process.stdout.write(`${'x'.repeat(65536)}\n`), 1)),
  die: () => {
    process.stderr.write(`out of luck: ${process.env.NOTES_TOKEN}\n`);
    process.exit(3);
  },
  hang: () => new Promise(() => undefined),
};
const server = new Server({ name: 'test', version: '1' }, { capabilities: { tools: {} } });
server.setRequestHandler(ListToolsRequestSchema, () => ({
  tools: Object.keys(HOW).map((name) => ({ name, inputSchema: { type: 'object' } })),
}));
server.setRequestHandler(CallToolRequestSchema, async ({ params }) => ({
  content: [{ type: 'text', text: await HOW[params.name](params.arguments ?? {}) }],
}));
console.log('a greeting that is no message');
await server.connect(new StdioServerTransport());
