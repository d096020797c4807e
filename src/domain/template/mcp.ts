/** A server of tools that a persona may use, by the Model Context Protocol. */
export type McpServer = RemoteMcpServer | LocalMcpServer;

interface McpTools {
  /** The first part of its tools' names. */
  name: string;
  /** The server's names of the tools that may be used. There are no others. */
  tools: string[];
}

export interface RemoteMcpServer extends McpTools {
  /** `https://…`, or `http://` to this machine. */
  url: string;
  /** Names of environment variables of the worker by the header that gets their value. */
  headersFromEnv?: Record<string, string>;
}

/** A program that is started for each attempt, in the sandbox, and talked with by its standard input and output. */
export interface LocalMcpServer extends McpTools {
  /** Program and arguments; no shell. */
  command: string[];
  /** Names of environment variables of the worker that it gets. It gets no others. */
  env?: string[];
}

/** The name under which the model sees a tool of a server. */
export function mcpToolName(server: string, tool: string): string {
  return `${server}__${tool}`;
}

/** The variables of the worker whose values a server gets. */
export function mcpVariables(server: McpServer): string[] {
  return 'url' in server ? Object.values(server.headersFromEnv ?? {}) : (server.env ?? []);
}
