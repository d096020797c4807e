import type { BindingChoice } from '../../domain/template/binding.js';
import type { Backend, BackendCap } from '../../domain/template/backends.js';
import { combineDialects, type ModelDialect } from '../../domain/template/dialect.js';
import { PhasegateError } from '../../domain/failures.js';
import type { ModelAccess } from '../agent-request.js';

/** Whether a backend can be used: it exists, and its key and all of its headers are there. */
export function backendState(
  backend: Backend | undefined,
  env: NodeJS.ProcessEnv,
): ReturnType<BindingChoice['backendState']> {
  if (!backend) return 'unknown';
  return missing(backend, env) === undefined ? 'available' : 'no_key';
}

/** How a backend is reached and asked. It is looked up when it is used: none of it is in the plan, so not in history. */
export interface BackendAccess extends Pick<
  ModelAccess,
  'baseUrl' | 'apiKey' | 'headers' | 'sendsKey' | 'dialect' | 'stream' | 'contextTokens'
> {
  cap: BackendCap;
}

/**
 * The access to a backend.
 *
 * @param env - has the key and the headers
 * @throws PhasegateError `backend_unavailable` when one of them is not there
 */
export function backendAccess(
  name: string,
  backend: Backend,
  persona: ModelDialect,
  env: NodeJS.ProcessEnv,
): BackendAccess {
  const lacks = missing(backend, env);
  if (lacks !== undefined)
    throw new PhasegateError(
      'backend_unavailable',
      `backend ${name} needs ${lacks === backend.apiKeyEnv ? 'its key' : 'a header'} in ${lacks}, which is not set on this worker`,
    );
  const variables = Object.entries(backend.headersFromEnv ?? {});
  const override = backend.baseUrlEnv === undefined ? undefined : env[backend.baseUrlEnv];
  return {
    baseUrl: override || backend.baseUrl,
    apiKey: env[backend.apiKeyEnv] ?? '',
    headers:
      variables.length === 0
        ? undefined
        : Object.fromEntries(variables.map(([header, variable]) => [header.toLowerCase(), env[variable] ?? ''])),
    sendsKey: !variables.some(([, variable]) => variable === backend.apiKeyEnv),
    dialect: combineDialects(backend, persona),
    stream: backend.stream,
    cap: { maxConcurrent: backend.maxConcurrent, requestsPerMinute: backend.requestsPerMinute },
  };
}

/** A variable of a backend that is not set. */
function missing({ apiKeyEnv, headersFromEnv = {} }: Backend, env: NodeJS.ProcessEnv): string | undefined {
  return [apiKeyEnv, ...Object.values(headersFromEnv)].find((variable) => !env[variable]);
}
