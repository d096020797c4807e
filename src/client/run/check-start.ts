import { CATALOG_SETTINGS, loadCatalog } from '../../catalog/catalog.js';
import { readConfig } from '../../config.js';
import { PhasegateError } from '../../domain/failures.js';
import { lookAtBase } from '../../upkeep/look-at-base.js';

/** What a run is to be started with, as far as it can be checked on this machine. Null for what is known to be good. */
export interface StartToCheck {
  template: string;
  repoPath: string | null;
  requirements: string | null;
  baseBranch: string | null;
}

/**
 * Finds what `planRun` would refuse, without Temporal and PostgreSQL: the template, the repository and its branch, the
 * requirements.
 *
 * @param env - says where the templates and schemas are
 * @throws PhasegateError with the codes of `planRun`: `template_…`, `schema_…`, `repo_…`, `branch_not_found`,
 *   `requirements_empty`
 */
export async function checkStart(
  { template, repoPath, requirements, baseBranch }: StartToCheck,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  if (requirements !== null && requirements.trim() === '')
    throw new PhasegateError('requirements_empty', 'the file with the requirements is empty');
  await loadCatalog(readConfig(env, CATALOG_SETTINGS)).template(template);
  if (repoPath !== null) await lookAtBase(repoPath, baseBranch);
}
