import { access, realpath } from 'node:fs/promises';
import path from 'node:path';

/**
 * Whether somebody's work tree has a file at its root, committed or not. It asks the disk only, and git is not started.
 *
 * @param repoPath - as the run's input gives it: a work tree, a folder below one, a bare repository or a `.git` folder
 * @param commonDir - real path of the repository's git directory
 */
export async function workTreeHas(repoPath: string, commonDir: string, name: string): Promise<boolean> {
  const root = await workTreeRoot(repoPath, commonDir);
  return root !== null && (await exists(path.join(root, name)));
}

/**
 * The root of the work tree that somebody points at; null for a bare repository.
 *
 * @param repoPath - as for {@link workTreeHas}
 * @param commonDir - real path of the repository's git directory
 */
export async function workTreeRoot(repoPath: string, commonDir: string): Promise<string | null> {
  const folder = await realpath(repoPath);
  if (folder === commonDir || folder.startsWith(`${commonDir}${path.sep}`))
    return path.basename(commonDir) === '.git' ? path.dirname(commonDir) : null;
  for (let at = folder; ; at = path.dirname(at)) {
    if (await exists(path.join(at, '.git'))) return at;
    if (at === path.dirname(at)) return null;
  }
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
