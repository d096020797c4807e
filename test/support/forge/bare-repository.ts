import { newRepositoryAt, type TestRepository } from '../git-repository.js';

/** A repository that has no files checked out, as remotes are. Its git folder is `.git` in the given one. */
export function bareRepositoryAt(path: string): TestRepository {
  const made = newRepositoryAt(path);
  made.git('config', 'core.bare', 'true');
  return made;
}
