import type { Provider } from '../domain/deliver/deliver.js';
import type { Forge } from './forge.js';
import { openGithub } from './github/github.js';
import { openGitlab } from './gitlab/gitlab.js';

/** Which repository at which forge, and the token for it. */
export interface ForgePlace {
  provider: Provider;
  host: string;
  /** Null: the usual place of the provider at this host. */
  apiUrl: string | null;
  repository: string;
  token: string;
  signal?: AbortSignal;
}

/** Opens a repository at a forge. Nothing is asked before the first call. */
export function openForge({ provider, host, apiUrl, repository, token, signal }: ForgePlace): Forge {
  const access = { apiUrl: (apiUrl ?? usualUrl(provider, host)).replace(/\/+$/, ''), token, signal };
  switch (provider) {
    case 'github':
      return openGithub(access, repository);
    case 'gitlab':
      return openGitlab(access, repository);
  }
}

function usualUrl(provider: Provider, host: string): string {
  if (provider === 'gitlab') return `https://${host}/api/v4`;
  return host === 'github.com' ? 'https://api.github.com' : `https://${host}/api/v3`;
}
