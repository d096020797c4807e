const MAX_LENGTH = 253;
const MAX_PORT = 65_535;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
/** What URLs take for a part of an IPv4 address, such as `127` or `0x7f`. */
const NUMBER = /^(?:\d+|0x[0-9a-f]*)$/i;
/** Names of the machine itself (RFC 6761). */
const LOOPBACK = /(?:^|\.)localhost$/i;

/**
 * Why a text does not name a host that a command may reach, as `registry.npmjs.org` or `nexus.example.com:8081`;
 * undefined where it does. Names are plain: no address, no wildcard and no URL. What they mean is then the same for the
 * proxy, for the command and for people.
 *
 * @param text - any text
 */
export function hostProblem(text: string): string | undefined {
  if (text.trim() === '') return 'is empty';
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return 'is a URL: write only its host, such as registry.npmjs.org';
  if (text.includes('*')) return 'has a wildcard: write each host by its whole name';
  if (/[^\0-\x7F]/.test(text)) return 'has letters beyond ASCII: write the form that begins with xn--';
  if (/^\[|:.*:/.test(text)) return 'is an IP address: write the name of the host';
  const [host = '', port] = text.split(':');
  if (port !== undefined && !(/^[1-9]\d{0,4}$/.test(port) && Number(port) <= MAX_PORT))
    return `has no port behind its colon: a number from 1 to ${MAX_PORT}`;
  if (host.endsWith('.')) return 'ends with a dot: write it without';
  if (host.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`;
  const labels = host.split('.');
  if (NUMBER.test(labels.at(-1) ?? '')) return 'is an IP address: write the name of the host';
  if (!labels.every((label) => LABEL.test(label)))
    return 'is no host name: letters, digits and hyphens, in parts of at most 63, with dots between them';
  if (LOOPBACK.test(host)) return "means the worker's own machine, which no command reaches";
  return undefined;
}

/** The one form of a host's name: small letters. */
export function hostName(text: string): string {
  return text.toLowerCase();
}
