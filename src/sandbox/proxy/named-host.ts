/** A host that commands may reach. */
export interface NamedHost {
  /** In its normal form: small letters, no dot at the end, numbers as an address. */
  host: string;
  /** Null: the ports of HTTP and HTTPS, 80 and 443. */
  port: number | null;
}

const LONGEST_NAME = 253;
const NAME = /^(?=.)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Reads a host as `.phasegate.yaml` names it: `registry.npmjs.org`, `nexus.example.com:8081`, `10.1.2.3`, `[::1]:80`.
 *
 * @returns null when it is no host: an URL, a pattern, a name with a space
 */
export function parseNamedHost(text: string): NamedHost | null {
  const [, name = '', digits] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = normalHost(name);
  const port = digits === undefined ? null : Number(digits);
  return host === null || port === 0 || (port ?? 0) > 65_535 ? null : { host, port };
}

/**
 * A host's name in its normal form, so that two names of one host are equal. Forms of an IPv4 address that resolvers
 * also take (`0x7f.1`, `2130706433`, `127.1`) become the address.
 *
 * @returns null when it is no host
 */
export function normalHost(text: string): string | null {
  if (text.length > LONGEST_NAME + 1) return null;
  const lower = text.toLowerCase().replace(/\.$/, '');
  const isAddress = /^\[[0-9a-f:.]{2,45}\]$/.test(lower);
  if (!isAddress && !NAME.test(lower)) return null;
  const url = `http://${lower}/`;
  return URL.canParse(url) ? new URL(url).hostname : null;
}

/** Whether a host and port that a command asks for are among those that may be reached. */
export function isNamed(host: string, port: number, named: readonly NamedHost[]): boolean {
  return named.some(
    (one) => one.host === host && (one.port === null ? port === 80 || port === 443 : one.port === port),
  );
}
