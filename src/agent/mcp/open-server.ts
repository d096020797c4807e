import { loadMcpTools } from '@langchain/mcp-adapters';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { Tool } from '@modelcontextprotocol/sdk/types.js';
import { cut, PhasegateError } from '../../domain/failures.js';
import { sha256 } from '../../domain/text/hash.js';
import { isJsonObject, type JsonObject } from '../../domain/text/json.js';
import { maskValues } from '../../domain/text/secrets.js';
import { mcpToolName, mcpVariables, type McpServer, type RemoteMcpServer } from '../../domain/template/mcp.js';
import type { RemoteTool, StartToolServer, ToolServer } from '../agent-request.js';
import { startDeadline } from '../model/deadline.js';
import { boundedFetch } from './bounded-fetch.js';
import { StreamTransport } from './stream-transport.js';

/** How long a server may take until its tools are known, and for each call. */
const LIMITS = { openMs: 20_000, callMs: 60_000 };
const CLOSE_MS = 1_000;
const MAX_PAGES = 20;
/** Longest schema of a tool, as JSON: each request has it. */
const MAX_SCHEMA = 16 * 1024;
const MAX_DESCRIPTION = 2_000;
const MAX_ARGUMENTS = 256 * 1024;
const MAX_RESULT = 256 * 1024;

/** Who wants the tools, and what starts local servers for it. */
export interface McpUser {
  /** Has the values of headers, and of what local servers get. */
  env: NodeJS.ProcessEnv;
  start: StartToolServer;
  signal: AbortSignal;
}

/** The tools of a server, and what ends the connection. */
export interface OpenServer {
  tools: RemoteTool[];
  /** Names one set of definitions: sha256 of names, descriptions and schemas of the listed tools, in hexadecimal. */
  sha256: string;
  close(): Promise<void>;
}

/**
 * Connects to an MCP server, which it starts where it is a local one, and finds the tools of it that the persona lists. What the server sends is bounded, and is
 * words for the model alone: nothing of it is run, compiled or matched here.
 *
 * @throws PhasegateError `mcp_unavailable`: it does not answer, or lacks a tool; or a variable is not set.
 *   `sandbox_unavailable`
 */
export async function openServer(server: McpServer, user: McpUser, { openMs, callMs } = LIMITS): Promise<OpenServer> {
  const { signal } = user;
  const values = valuesFor(server, user.env);
  const secrets = Object.values(values);
  const words = (error: unknown): string => spoken(error, secrets);
  const client = new Client(
    { name: 'phasegate', version: '1' },
    // a schema of a server is not compiled on the thread that all runs share
    {
      jsonSchemaValidator: {
        getValidator: () => (data) => ({ valid: true, data: data as never, errorMessage: undefined }),
      },
    },
  );
  let started: ToolServer | null = null;
  const close = async (): Promise<void> => {
    const late = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref());
    await Promise.race([client.close().catch(() => undefined), late]);
    // nothing of it may be left that changes files when the attempt's work is judged
    await started?.stop();
  };
  const orBroken = untilBroken(client);
  const inTime = startDeadline(signal, openMs);
  try {
    const options = { signal: inTime.signal, timeout: openMs };
    if ('command' in server) started = await user.start(server.command, values, signal);
    const transport = 'url' in server ? overHttp(server, values) : started && new StreamTransport(started);
    if (transport !== null) await orBroken(client.connect(transport, options));
    const found = await orBroken(listedTools(client, server, options));
    return {
      tools: await Promise.all(found.map((tool) => toRemote(client, server, tool, { words, orBroken, callMs }))),
      sha256: sha256(
        JSON.stringify(found.map(({ name, description, inputSchema }) => [name, description, inputSchema])),
      ),
      close,
    };
  } catch (error) {
    await close();
    if (signal.aborted) throw signal.reason;
    if (error instanceof PhasegateError) throw error;
    throw unavailable(server, inTime.expired() ? `it did not answer within ${openMs / 1_000} s` : words(error));
  } finally {
    inTime.clear();
  }
}

/** The values of the variables that a server is to get, by the variable. */
function valuesFor(server: McpServer, env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    mcpVariables(server).map((variable): [string, string] => {
      const value = env[variable];
      if (!value) throw unavailable(server, `it needs ${variable}, which is not set on this worker`);
      return [variable, value];
    }),
  );
}

function overHttp(server: RemoteMcpServer, values: Readonly<Record<string, string>>): Transport {
  const named = Object.entries(server.headersFromEnv ?? {});
  const headers = named.map(([name, variable]): [string, string] => [name, values[variable] ?? '']);
  return new StreamableHTTPClientTransport(new URL(server.url), {
    requestInit: { headers: Object.fromEntries(headers) },
    fetch: boundedFetch(),
    reconnectionOptions: {
      maxRetries: 0,
      initialReconnectionDelay: 1_000,
      maxReconnectionDelay: 1_000,
      reconnectionDelayGrowFactor: 1,
    },
  });
}

/**
 * Ends a wait when the connection breaks. The SDK itself waits for the time-out when an answer breaks off.
 *
 * @returns a function for one wait at a time
 */
function untilBroken(client: Client): <T>(work: Promise<T>) => Promise<T> {
  let fail: (error: unknown) => void = () => undefined;
  client.onerror = (error) => fail(error);
  return (work) => {
    const broken = new Promise<never>((_, reject) => (fail = reject));
    return Promise.race([work, broken]);
  };
}

async function listedTools(
  client: Client,
  server: McpServer,
  options: { signal: AbortSignal; timeout: number },
): Promise<Tool[]> {
  const found: Tool[] = [];
  let cursor: string | undefined;
  for (let page = 1; page <= MAX_PAGES; page++) {
    const answer = await client.listTools({ ...(cursor !== undefined && { cursor }) }, options);
    found.push(...answer.tools.filter(({ name }) => server.tools.includes(name)));
    cursor = answer.nextCursor;
    if (cursor === undefined) break;
  }
  return server.tools.map((name) => {
    const tool = found.find((candidate) => candidate.name === name);
    if (!tool) throw unavailable(server, `it has no tool ${name}`);
    const bytes = JSON.stringify(tool.inputSchema).length;
    if (bytes > MAX_SCHEMA)
      throw unavailable(server, `the schema of its tool ${name} has ${bytes} characters, the limit is ${MAX_SCHEMA}`);
    return tool;
  });
}

async function toRemote(
  client: Client,
  server: McpServer,
  tool: Tool,
  {
    words,
    orBroken,
    callMs,
  }: {
    words: (said: unknown) => string;
    orBroken: ReturnType<typeof untilBroken>;
    callMs: number;
  },
): Promise<RemoteTool> {
  // the adapter would write out every reference in a schema, which may make gigabytes of a kilobyte
  const plain = { name: tool.name, inputSchema: { type: 'object' as const } };
  const only = { listTools: () => Promise.resolve({ tools: [plain] }), callTool: client.callTool.bind(client) };
  const [called] = await loadMcpTools(server.name, only as unknown as Client);
  return {
    name: mcpToolName(server.name, tool.name),
    description: printed(tool.description ?? tool.name, MAX_DESCRIPTION),
    parameters: tool.inputSchema as JsonObject,
    call: async (args, signal) => {
      const bytes = JSON.stringify(args).length;
      if (bytes > MAX_ARGUMENTS)
        return { refused: `the arguments have ${bytes} characters, the limit is ${MAX_ARGUMENTS}` };
      const inTime = startDeadline(signal, callMs);
      try {
        // not `invoke`: it would match the arguments with patterns of the server
        const options = { signal: inTime.signal, timeout: callMs };
        const result: unknown = await orBroken(Promise.resolve(called?.func({ ...args }, undefined, options)));
        return { text: words(textOf(Array.isArray(result) ? result[0] : result)) };
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const why = inTime.expired() ? `no answer within ${callMs / 1_000} s` : words(error);
        return { refused: `the tool of the server ${server.name} failed: ${cut(why, 2_000)}` };
      } finally {
        inTime.clear();
      }
    },
  };
}

/** The texts of a result. Pictures and files are only named. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return JSON.stringify(content) ?? '';
  return content
    .map((part: unknown) => {
      if (!isJsonObject(part)) return '';
      return typeof part.text === 'string'
        ? part.text
        : `(${typeof part.type === 'string' ? part.type : 'something'}, not shown)`;
    })
    .join('\n');
}

function spoken(said: unknown, secrets: readonly string[]): string {
  const text = said instanceof Error ? said.message : String(said);
  return maskValues(printed(text, MAX_RESULT), secrets);
}

/** Lines and tabs are kept, and nothing else that controls a terminal. */
function printed(text: string, length: number): string {
  return cut(text, length).replace(/[^\P{Cc}\n\t]/gu, ' ');
}

function unavailable({ name }: McpServer, why: string): PhasegateError {
  return new PhasegateError('mcp_unavailable', `the MCP server ${name}: ${cut(why, 500)}`);
}
