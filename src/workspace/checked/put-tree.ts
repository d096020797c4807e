import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { diskFailure } from '../disk-failure.js';
import { gitIn } from '../git/git-in.js';
import { clearStaleLocks } from '../git/stale-locks.js';
import { CHECKOUT_LIMIT_MS } from '../worktree/check-out.js';
import { mendPointer } from '../worktree/git-pointer.js';
import { splitNul } from '../worktree/index-lines.js';
import { inPlaces } from './in-places.js';
import type { Checked } from './open-checked.js';
import { isRealFolder } from './real-folder.js';

/** Enough for a list of all files of a very large repository. */
const MOST_LIST_BYTES = 512 * 1024 * 1024;

/**
 * Makes the worktree of the checks hold exactly this tree, and beside it only what the set-up made.
 *
 * @param tree - of the repository
 * @param head - the commit that git names there as HEAD
 * @param distrusts - whether a command may have changed files in a way that git does not notice: every file is written
 *   anew
 * @throws PhasegateError `workspace_failed`
 */
export async function putTree(
  checked: Checked,
  { tree, head, distrusts }: { tree: string; head: string; distrusts: boolean },
  signal?: AbortSignal,
): Promise<void> {
  await clearStaleLocks(checked.commonDir, checked.gitDir, 'HEAD', signal);
  await mendPointer(checked, 'delete');
  if (distrusts) await writeAnew(checked, signal);
  await forgetConverted(checked, tree, signal);
  await readTree(checked, tree, signal);
  await gitIn(checked, ['update-ref', '--no-deref', 'HEAD', head], { signal });
  await removeOthers(checked, signal);
}

/**
 * Writes every file of the tree that the index holds, whatever is on the disk. Git looks at size and times only.
 *
 * @param tree - default: the one that the index holds
 */
export async function writeAnew(checked: Checked, signal?: AbortSignal, tree?: string): Promise<void> {
  const written = tree ?? (await gitIn(checked, ['write-tree'], { signal })).text;
  await rm(join(checked.gitDir, 'index'), { force: true });
  await readTree(checked, written, signal);
}

/**
 * Where attributes changed, a file that has not changed may have other bytes in a fresh checkout: line ends, encodings,
 * `$Id$`. So git forgets all files then, and writes each anew. The attributes that lie there go first: git would take
 * them where the tree has none, and a next try must not miss that they were others.
 */
async function forgetConverted(checked: Checked, tree: string, signal: AbortSignal | undefined): Promise<void> {
  const args = [
    'diff-index',
    '--cached',
    '--name-only',
    '--no-renames',
    '-z',
    tree,
    '--',
    ':(top,glob)**/.gitattributes',
  ];
  const { stdout } = await gitIn(checked, args, { signal, literalPathspecs: false, maxOutputBytes: MOST_LIST_BYTES });
  const changed = splitNul(stdout).map(String);
  if (changed.length === 0) return;
  for (const path of changed) if (await isRealFolder(checked.repo, dirname(path))) await remove(checked, path);
  await rm(join(checked.gitDir, 'index'), { force: true });
}

/** The files of the repository that differ from the index, as paths from the worktree's folder. */
export async function changedFiles(checked: Checked, signal?: AbortSignal): Promise<string[]> {
  const args = ['diff-files', '--name-only', '-z', '--ignore-submodules=all'];
  const { stdout } = await gitIn(checked, args, { signal, maxOutputBytes: MOST_LIST_BYTES });
  return splitNul(stdout).map(String);
}

/** Files and folders that no commit has; a folder ends with `/`. Ignored ones are told as whole folders. */
export async function otherFiles(checked: Checked, signal?: AbortSignal): Promise<string[]> {
  const list = async (...args: string[]): Promise<string[]> => {
    const all = ['ls-files', '-z', '--others', '--exclude-standard', ...args];
    return splitNul((await gitIn(checked, all, { signal, maxOutputBytes: MOST_LIST_BYTES })).stdout).map(String);
  };
  const [plain, ignored] = [await list(), await list('--ignored', '--directory', '--no-empty-directory')];
  return [...new Set([...plain, ...ignored])];
}

async function readTree(checked: Checked, tree: string, signal: AbortSignal | undefined): Promise<void> {
  await gitIn(checked, ['read-tree', '--reset', '-u', tree], { signal, timeoutMs: CHECKOUT_LIMIT_MS });
}

/** What lies there and is neither the tree's nor the set-up's. A check in the sandbox leaves nothing behind. */
async function removeOthers(checked: Checked, signal: AbortSignal | undefined): Promise<void> {
  const args = ['ls-files', '-z', '--others', '--directory', '--no-empty-directory'];
  const { stdout } = await gitIn(checked, args, { signal, maxOutputBytes: MOST_LIST_BYTES });
  const made = checked.setUp?.made ?? [];
  if (stdout.length === 0) return;
  const isKept = inPlaces(made);
  for (const path of splitNul(stdout).map(String)) {
    if (isKept(path)) continue;
    // a folder that is listed as a whole may have something of the set-up in it
    if (path.endsWith('/') && made.some((place) => place.startsWith(path)))
      await removeIn(checked, path, isKept, signal);
    else await remove(checked, path);
  }
}

async function removeIn(
  checked: Checked,
  folder: string,
  isKept: (path: string) => boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const args = ['ls-files', '-z', '--others', '--', folder];
  const { stdout } = await gitIn(checked, args, { signal, maxOutputBytes: MOST_LIST_BYTES });
  for (const path of splitNul(stdout).map(String)) if (!isKept(path)) await remove(checked, path);
}

async function remove({ repo }: Checked, path: string): Promise<void> {
  await rm(join(repo, path), { recursive: true, force: true }).catch((error: unknown) => {
    throw diskFailure(error, `${path} can't be removed from the worktree of the checks`);
  });
}
