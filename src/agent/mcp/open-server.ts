import { loadMcpTools } from '@langchain/mcp-adapters';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { RequestOptions } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { Tool } from '@modelcontextprotocol/sdk/types.js';
import { cut, PhasegateError } from '../../domain/failures.js';
import { sha256 } from '../../domain/text/hash.js';
import type { JsonObject } from '../../domain/text/json.js';
import { maskInJson, maskValues, secretsInHeader } from '../../domain/text/secrets.js';
import { mcpToolName, mcpVariables, type McpServer, type RemoteMcpServer } from '../../domain/template/mcp.js';
import type { RemoteTool, StartToolServer, ToolServer } from '../agent-request.js';
import { startDeadline } from '../model/deadline.js';
import { boundedFetch } from './bounded-fetch.js';
import { resultText } from './result-text.js';
import { Session } from './session.js';
import { StreamTransport } from './stream-transport.js';

/** How long a server may take until its tools are known, and for each call. */
const LIMITS = { openMs: 20_000, callMs: 60_000 };
const MAX_PAGES = 20;
/** Longest schema of a tool, as JSON: each request has it. */
const MAX_SCHEMA = 16 * 1024;
const MAX_DESCRIPTION = 1_000;
const MAX_ARGUMENTS = 256 * 1024;
const MAX_RESULT = 256 * 1024;
/** Wrong arguments, or no such tool: the same call would be refused again. */
const REFUSES_THE_CALL = /MCP error -3260[12]\b/;

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
 * Connects to an MCP server, which it starts where it is a local one, and finds the tools of it that the persona lists.
 * What the server sends is bounded, and is words for the model alone: nothing of it is run, compiled or matched here, and
 * the values that the server was given are masked in it.
 *
 * @throws PhasegateError `mcp_unavailable`: it does not answer, or lacks a tool; or a variable is not set.
 *   `sandbox_unavailable`
 */
export async function openServer(server: McpServer, user: McpUser, { openMs, callMs } = LIMITS): Promise<OpenServer> {
  const { signal } = user;
  const values = valuesFor(server, user.env);
  const secrets = Object.values(values).flatMap(secretsInHeader);
  let started: ToolServer | null = null;
  const session = new Session(() => {
    if ('url' in server) return overHttp(server, values);
    if (started === null) throw new Error('it was not started');
    return new StreamTransport(started);
  });
  const close = async (): Promise<void> => {
    await session.close();
    // nothing of it may be left that changes files when the attempt's work is judged
    await started?.stop();
  };
  const inTime = startDeadline(signal, openMs);
  try {
    const options = { signal: inTime.signal, timeout: openMs };
    if ('command' in server) started = await user.start(server.command, values, signal);
    await session.open(options);
    const found = await listedTools(session, server, options);
    return {
      tools: await Promise.all(found.map((tool) => toRemote(session, server, tool, secrets, callMs))),
      sha256: sha256(
        JSON.stringify(found.map(({ name, description, inputSchema }) => [name, description, inputSchema])),
      ),
      close,
    };
  } catch (error) {
    await close();
    if (signal.aborted) throw signal.reason;
    if (error instanceof PhasegateError) throw error;
    throw unavailable(
      server,
      inTime.expired() ? `it did not answer within ${openMs / 1_000} s` : spoken(error, secrets),
    );
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

async function listedTools(
  session: Session,
  server: McpServer,
  options: { signal: AbortSignal; timeout: number },
): Promise<Tool[]> {
  const found: Tool[] = [];
  let cursor: string | undefined;
  for (let page = 1; page <= MAX_PAGES; page++) {
    const answer = await session.listTools(cursor, options);
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
  session: Session,
  server: McpServer,
  tool: Tool,
  secrets: readonly string[],
  callMs: number,
): Promise<RemoteTool> {
  // the adapter would write out every reference in a schema, which may make gigabytes of a kilobyte
  const plain = { name: tool.name, inputSchema: { type: 'object' as const } };
  // and of a result it would keep the texts only
  const callTool = async (params: { name: string; arguments: JsonObject }, _: unknown, options: RequestOptions) => {
    const result = await session.callTool(params, options);
    return { content: [{ type: 'text', text: resultText(result) }], isError: result.isError === true };
  };
  const only = { listTools: () => Promise.resolve({ tools: [plain] }), callTool };
  const [called] = await loadMcpTools(server.name, only as unknown as Client);
  return {
    name: mcpToolName(server.name, tool.name),
    description: spoken(tool.description ?? tool.name, secrets, MAX_DESCRIPTION),
    parameters: secrets.reduce(maskInJson, tool.inputSchema as JsonObject),
    call: async (args, signal) => {
      const bytes = JSON.stringify(args).length;
      if (bytes > MAX_ARGUMENTS)
        return { refused: `the arguments have ${bytes} characters, the limit is ${MAX_ARGUMENTS}` };
      const inTime = startDeadline(signal, callMs);
      try {
        // not `invoke`: it would match the arguments with patterns of the server
        const options = { signal: inTime.signal, timeout: callMs };
        const result: unknown = await called?.func({ ...args }, undefined, options);
        return { text: spoken(Array.isArray(result) ? result[0] : result, secrets) };
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const why = inTime.expired() ? `no answer within ${callMs / 1_000} s` : spoken(error, secrets);
        const told = `the tool of the server ${server.name} failed: ${cut(why, 2_000)}`;
        return REFUSES_THE_CALL.test(why) ? { refused: told } : { failed: told };
      } finally {
        inTime.clear();
      }
    },
  };
}

function spoken(said: unknown, secrets: readonly string[], length = MAX_RESULT): string {
  const text = said instanceof Error ? said.message : String(said);
  return maskValues(printed(text, length), secrets);
}

/** Lines and tabs are kept, and nothing else that controls a terminal. */
function printed(text: string, length: number): string {
  return cut(text, length).replace(/[^\P{Cc}\n\t]/gu, ' ');
}

function unavailable({ name }: McpServer, why: string): PhasegateError {
  return new PhasegateError('mcp_unavailable', `the MCP server ${name}: ${cut(why, 500)}`);
}
