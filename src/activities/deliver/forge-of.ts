import type { PlannedPullRequest, SettledDelivery } from '../../domain/deliver/deliver.js';
import { cut, PhasegateError } from '../../domain/failures.js';
import type { Forge } from '../../forge/forge.js';
import { openForge } from '../../forge/open-forge.js';
import { findRemote, type Remote } from '../../workspace/push/find-remote.js';
import type { ActivityDeps } from '../deps.js';

/** The forge of a delivery, and what is wanted there. */
export interface DeliveryForge {
  forge: Forge;
  wanted: PlannedPullRequest;
}

/** The value of the variable that a delivery names. @throws PhasegateError `forge_token_missing` */
export function tokenOf({ deliver }: SettledDelivery, env: NodeJS.ProcessEnv): string {
  const name = deliver.tokenFromEnv;
  const value = name === null ? '' : (env[name] ?? '').trim();
  if (value === '')
    throw new PhasegateError(
      'forge_token_missing',
      name === null ? 'the delivery names no variable with a token' : `${name} is not set on this worker`,
    );
  return value;
}

/** Values that must not be in any text that leaves the worker: the token, and whatever else looks like a key. */
export function secretsOf({ deliver }: Pick<SettledDelivery, 'deliver'>, env: NodeJS.ProcessEnv): string[] {
  const names = Object.keys(env).filter((name) => /(?:KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS?)$/i.test(name));
  const values = [...names, ...(deliver.tokenFromEnv === null ? [] : [deliver.tokenFromEnv])].map((name) => env[name]);
  return values.flatMap((value) => (value !== undefined && value.length >= 8 ? [value] : []));
}

/**
 * Refuses to send the token to another host than the one that it is for.
 *
 * @throws PhasegateError `remote_refused`
 */
export function checkHost({ name, place }: Remote, { deliver }: SettledDelivery): void {
  if (place.host === null || deliver.host === null) return;
  const isSame =
    place.kind === 'http' ? place.host === deliver.host : withoutPort(place.host) === withoutPort(deliver.host);
  // an alias of ssh may stand for any host; the token does not go there
  if (isSame || (place.kind === 'ssh' && deliver.pullRequest?.repository)) return;
  throw new PhasegateError(
    'remote_refused',
    `the remote ${name} is at ${place.host}, and the token of the delivery is for ${deliver.host}`,
  );
}

/**
 * Opens the forge of a delivery.
 *
 * @throws PhasegateError `remote_not_found`, `remote_refused`, `forge_token_missing`
 */
export async function forgeOf(
  { env }: Pick<ActivityDeps, 'env'>,
  delivery: SettledDelivery,
  signal: AbortSignal,
): Promise<DeliveryForge> {
  const { deliver, repoPath } = delivery;
  const { pullRequest, host } = deliver;
  if (pullRequest === null || host === null)
    throw new PhasegateError('input_invalid', 'the delivery opens no pull request');
  const remote = await findRemote(repoPath, deliver.remote, signal);
  checkHost(remote, delivery);
  const repository = pullRequest.repository ?? remote.place.repository;
  if (repository === null || !repository.includes('/'))
    throw new PhasegateError(
      'remote_refused',
      `the URL of the remote ${remote.name} does not say which repository it is (${cut(remote.place.url, 200)}): name it in deliver.pullRequest.repository`,
    );
  const { provider, apiUrl } = pullRequest;
  const forge = openForge({ provider, host, apiUrl, repository, token: tokenOf(delivery, env), signal });
  return { forge, wanted: pullRequest };
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}
