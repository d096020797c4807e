import { cut, PhasegateError } from '../failures.js';
import { maskCredentials } from '../text/secrets.js';
import { isLoopback } from './plan-deliver.js';

/** Where a remote is. */
export interface RemotePlace {
  kind: 'http' | 'ssh' | 'path';
  /** As git takes it; for http without user and password. */
  url: string;
  /** Host, with its port where the URL has one; null for a path. */
  host: string | null;
  /** The path on the host, such as `owner/name`; null for a path on this machine. */
  repository: string | null;
}

const SCP_LIKE = /^(?:[\w.+-]{1,100}@)?([\w.-]{1,253}):(?!\/\/)([\w.~/+-]{1,1000})$/;

/**
 * Understands the URL of a remote. Everything that could make git run a program is refused: `ext::`, other helpers, and
 * whatever begins with `-`.
 *
 * @param url - as git gives it, with the repository's `insteadOf` applied
 * @throws PhasegateError `remote_refused`
 */
export function readRemoteUrl(url: string): RemotePlace {
  const shown = JSON.stringify(cut(maskCredentials(url), 300));
  const refuse = (why: string): PhasegateError =>
    new PhasegateError('remote_refused', `the remote's URL ${shown} ${why}`);
  if (/[\u0000-\u001F\u007F]/.test(url) || url.length > 2_000) throw refuse('has characters that no URL has');
  if (url.startsWith('-')) throw refuse('begins with a hyphen');
  if (url.startsWith('/')) return { kind: 'path', url, host: null, repository: null };
  if (url.includes(' ')) throw refuse('has characters that no URL has');
  if (/^\w[\w+.-]*::/.test(url)) throw refuse('names a helper program of git, and those are not run');
  if (!url.includes('://')) {
    const [, host = '', path = ''] = SCP_LIKE.exec(url) ?? [];
    if (host === '' || host.startsWith('-') || path.startsWith('-'))
      throw refuse('is neither https, nor ssh, nor an absolute path');
    return { kind: 'ssh', url, host: host.toLowerCase(), repository: repositoryOf(path) };
  }
  if (!URL.canParse(url)) throw refuse('can not be read');
  const parsed = new URL(url);
  const { protocol, host, hostname, pathname, search, hash } = parsed;
  if (search !== '' || hash !== '') throw refuse('has a query or a fragment');
  switch (protocol) {
    case 'file:':
      if (host !== '') throw refuse('names a host');
      return { kind: 'path', url: decodeURIComponent(pathname), host: null, repository: null };
    case 'ssh:':
      if (hostname.startsWith('-') || decodeURIComponent(parsed.username).startsWith('-'))
        throw refuse('begins a name with a hyphen');
      return { kind: 'ssh', url, host: host.toLowerCase(), repository: repositoryOf(pathname) };
    case 'http:':
    case 'https:': {
      if (protocol === 'http:' && !isLoopback(hostname)) throw refuse('is not encrypted: use https');
      const plain = `${protocol}//${host}${pathname}`;
      return { kind: 'http', url: plain, host: host.toLowerCase(), repository: repositoryOf(pathname) };
    }
    default:
      throw refuse('is neither https, nor ssh, nor an absolute path');
  }
}

function repositoryOf(path: string): string | null {
  const name = path.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '');
  return name === '' ? null : name;
}
