import { cut, PhasegateError } from '../../domain/failures.js';
import { readRemoteUrl, type RemotePlace } from '../../domain/deliver/remote-url.js';
import { git } from '../git/git.js';
import { findRepository } from '../git/inspect-repository.js';

/** A remote of a repository. */
export interface Remote {
  name: string;
  /** Real path of the repository's git directory. */
  commonDir: string;
  place: RemotePlace;
}

/**
 * Finds where a remote of a repository is, as a push would take it.
 *
 * @param repoPath - absolute path of the repository
 * @throws PhasegateError `remote_not_found`, `remote_refused`, and those of `findRepository`
 */
export async function findRemote(repoPath: string, name: string, signal?: AbortSignal): Promise<Remote> {
  const commonDir = await findRepository(repoPath, signal);
  const place = { gitDir: commonDir, signal };
  const ask = ['remote', 'get-url', '--push', '--', name];
  const { code, text } = await git(commonDir, ask, { ...place, okCodes: [0, 2] });
  if (code === 0) return { name, commonDir, place: readRemoteUrl(text.split('\n')[0] ?? '') };
  const { text: names } = await git(commonDir, ['remote'], place);
  const there = names === '' ? 'it has none' : `there are: ${cut(names.split('\n').join(', '), 300)}`;
  throw new PhasegateError(
    'remote_not_found',
    `${cut(repoPath, 300)} has no remote ${JSON.stringify(cut(name, 100))}; ${there}`,
  );
}
