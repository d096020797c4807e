import { PhasegateError } from '../domain/failures.js';
import { inspectRepository, type Repository } from '../workspace/git/inspect-repository.js';
import { workTreeRoot } from '../workspace/git/work-tree-file.js';

/**
 * The repository at a path, and the root of its work tree.
 *
 * @throws PhasegateError as `inspectRepository`; `usage_invalid` for a bare repository
 */
export async function findWorkTree(path: string): Promise<{ repository: Repository; root: string }> {
  const repository = await inspectRepository(path, null);
  const root = await workTreeRoot(path, repository.commonDir);
  if (root === null) throw new PhasegateError('usage_invalid', `${path} is a bare repository: give a work tree of it`);
  return { repository, root };
}
