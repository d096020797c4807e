import type { McpServer } from '../../domain/template/mcp.js';
import type { OpenServer } from './open-server.js';

/**
 * Connects to all servers of a persona.
 *
 * @throws PhasegateError `mcp_unavailable`; then none is connected
 */
export async function openServers(
  servers: readonly McpServer[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<OpenServer> {
  if (servers.length === 0) return { tools: [], close: () => Promise.resolve() };
  // most workers never need the SDK
  const { openServer } = await import('./open-server.js');
  const opened = await Promise.allSettled(servers.map((server) => openServer(server, env, signal)));
  const open = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const close = async (): Promise<void> => void (await Promise.all(open.map((each) => each.close())));
  const failed = opened.find((each) => each.status === 'rejected');
  if (failed) {
    await close();
    throw failed.reason;
  }
  return { tools: open.flatMap(({ tools }) => tools), close };
}
