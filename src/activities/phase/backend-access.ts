import { loadCatalog } from '../../catalog/catalog.js';
import type { BindingChoice } from '../../domain/template/binding.js';
import type { Backend } from '../../domain/template/backends.js';
import { PhasegateError } from '../../domain/failures.js';
import type { ActivityDeps } from '../deps.js';

/** Whether a backend can be used: it exists, and its key is there. */
export function backendState(
  backend: Backend | undefined,
  env: NodeJS.ProcessEnv,
): ReturnType<BindingChoice['backendState']> {
  if (!backend) return 'unknown';
  return env[backend.apiKeyEnv] ? 'available' : 'no_key';
}

/**
 * The address of a backend and its key. Both are read when they are used: neither is in the plan, so neither is in
 * history.
 *
 * @throws PhasegateError `backend_not_found`, `backend_unavailable`
 */
export async function resolveBackend(
  { config, env }: ActivityDeps,
  name: string,
): Promise<{ baseUrl: string; apiKey: string }> {
  const backend = await loadCatalog(config).backend(name);
  const apiKey = env[backend.apiKeyEnv];
  if (!apiKey)
    throw new PhasegateError(
      'backend_unavailable',
      `backend ${name} needs its key in ${backend.apiKeyEnv}, which is not set on this worker`,
    );
  const override = backend.baseUrlEnv === undefined ? undefined : env[backend.baseUrlEnv];
  return { baseUrl: override || backend.baseUrl, apiKey };
}
