import { fileURLToPath } from 'node:url';

/** The program that forwards a port inside to the proxy outside. */
export const FORWARDER = fileURLToPath(new URL('./forwarder.mjs', import.meta.url));
const PLACE = '/run/phasegate';
export const FORWARDER_AT = `${PLACE}/forwarder.mjs`;
export const NODE_AT = `${PLACE}/node`;
export const PROXY_SOCKET_AT = `${PLACE}/proxy.sock`;
/** The port of the forwarder. Nothing else listens inside. */
const PORT = 3128;

/** What tools read to find a proxy. Not all of them read the same variables. */
export function proxyVariables(): Record<string, string> {
  const url = `http://127.0.0.1:${PORT}`;
  const none = 'localhost,127.0.0.1,::1';
  return {
    HTTP_PROXY: url,
    HTTPS_PROXY: url,
    http_proxy: url,
    https_proxy: url,
    npm_config_proxy: url,
    npm_config_https_proxy: url,
    npm_config_noproxy: none,
    // Node's own fetch, from 24
    NODE_USE_ENV_PROXY: '1',
    CARGO_HTTP_PROXY: url,
    JAVA_TOOL_OPTIONS: `-Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=${PORT} -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=${PORT}`,
    NO_PROXY: none,
    no_proxy: none,
  };
}

/** The command with the forwarder before it. */
export function behindForwarder(command: readonly string[]): string[] {
  return [NODE_AT, FORWARDER_AT, PROXY_SOCKET_AT, String(PORT), ...command];
}
