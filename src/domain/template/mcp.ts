/** A server of tools that a persona may use, by the Model Context Protocol. */
export interface McpServer {
  /** The first part of its tools' names. */
  name: string;
  /** `https://…`, or `http://` to this machine. */
  url: string;
  /** The server's names of the tools that may be used. There are no others. */
  tools: string[];
  /** Names of environment variables of the worker by the header that gets their value. */
  headersFromEnv?: Record<string, string>;
}

/** The name under which the model sees a tool of a server. */
export function mcpToolName(server: string, tool: string): string {
  return `${server}__${tool}`;
}
