import type { McpServer } from '../../domain/template/mcp.js';
import type { RemoteTool } from '../agent-request.js';
import type { McpUser } from './open-server.js';

/** The tools of all servers of a persona. */
export interface OpenServers {
  tools: RemoteTool[];
  /** What each server's tools are defined as: see `OpenServer.sha256`. */
  definitions: { server: string; sha256: string }[];
  close(): Promise<void>;
}

/**
 * Connects to all servers of a persona.
 *
 * @throws PhasegateError `mcp_unavailable`, `sandbox_unavailable`; then none is connected
 */
export async function openServers(servers: readonly McpServer[], user: McpUser): Promise<OpenServers> {
  if (servers.length === 0) return { tools: [], definitions: [], close: () => Promise.resolve() };
  // most workers never need the SDK
  const { openServer } = await import('./open-server.js');
  const opened = await Promise.allSettled(
    servers.map(async (server) => ({ name: server.name, ...(await openServer(server, user)) })),
  );
  const open = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const close = async (): Promise<void> => void (await Promise.all(open.map((each) => each.close())));
  const failed = opened.find((each) => each.status === 'rejected');
  if (failed) {
    await close();
    throw failed.reason;
  }
  return {
    tools: open.flatMap(({ tools }) => tools),
    definitions: open.map(({ name, sha256 }) => ({ server: name, sha256 })),
    close,
  };
}
