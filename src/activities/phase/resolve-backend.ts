import { contextTokensOf } from '../../domain/template/context-tokens.js';
import { backendAccess, type BackendAccess } from '../../agent/model/backend-access.js';
import { loadCatalog } from '../../catalog/catalog.js';
import type { PersonaModel } from '../../domain/template/persona.js';
import type { ActivityDeps } from '../deps.js';

/**
 * The access to a model of a persona, by the backends file as it is now.
 *
 * @throws PhasegateError `backend_not_found`, `backend_unavailable`
 */
export async function resolveBackend({ config, env }: ActivityDeps, model: PersonaModel): Promise<BackendAccess> {
  const backend = await loadCatalog(config).backend(model.backend);
  const access = backendAccess(model.backend, backend, model, env);
  return { ...access, contextTokens: contextTokensOf(backend, model.model) };
}
