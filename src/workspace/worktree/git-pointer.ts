import { lstat, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { diskFailure, errnoOf, nullIfMissing } from '../disk-failure.js';
import { moveAside } from '../move-aside.js';
import { writeFileAtomically } from '../write-atomically.js';

/**
 * Corrects the `.git` file of a worktree. Our own git calls never read it, but those of commands and of a person in that
 * folder do.
 *
 * @param worktree - its folder, its own git directory, and the run's folder
 * @param other - what becomes of anything else in its place: somebody's work is moved aside
 */
export async function mendPointer(
  { root, repo, gitDir }: { root: string; repo: string; gitDir: string },
  other: 'move' | 'delete',
): Promise<void> {
  const path = join(repo, '.git');
  const content = `gitdir: ${gitDir}\n`;
  try {
    const stats = await lstat(path).catch(nullIfMissing);
    if (stats?.isFile() && stats.size < 10_000 && (await readFile(path, 'utf8')) === content) return;
    if (stats && other === 'move') await moveAside(root, path);
    if (stats && other === 'delete') await rm(path, { recursive: true, force: true });
    await writeFileAtomically(path, content, { mode: 0o644, temporaryFolder: root });
  } catch (error) {
    if (errnoOf(error) === 'EROFS') return;
    throw diskFailure(error, `${path} cannot be put right`);
  }
}
