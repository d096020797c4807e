import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { listChanges } from './uncommitted.js';
import { readMade } from '../checked/checked-record.js';
import { inPlaces } from '../checked/in-places.js';
import { nullIfMissing } from '../disk-failure.js';
import { gitIn } from '../git/git-in.js';
import type { Worktree } from './worktree.js';
import { withReasons } from './not-committed.js';
import { outlookOf } from './outlook.js';

/** Enough for a list of all files of a very large repository. */
const MOST_LIST_BYTES = 512 * 1024 * 1024;
const MOST_NAMED = 5;

/**
 * Why a worktree may not be deleted: something in it is nowhere else. It looks at every file on the disk, because git
 * leaves out files that are ignored, in a submodule, in a repository of their own or unreadable.
 *
 * @param ignoredToo - ignored files may be deleted, too
 * @returns the reason, for people; null when all of it is in commits that a ref of the repository holds
 * @throws PhasegateError `workspace_failed`; errors of the disk as they are
 */
export async function onlyHere(worktree: Worktree, ignoredToo: boolean): Promise<string | null> {
  if ((await lstat(join(worktree.gitDir, 'locked')).catch(nullIfMissing)) !== null)
    return 'its worktree is locked (git worktree unlock frees it)';
  const uncommitted = (await listChanges(worktree)).length;
  if (uncommitted > 0) return `${uncommitted} ${uncommitted === 1 ? 'file is' : 'files are'} not committed in repo/`;
  const head = await looseHead(worktree);
  if (head !== null) return `the worktree is at the commit ${head}, which no branch and no tag has`;
  const { names, hidden } = await trackedFiles(worktree);
  if (hidden !== null)
    return `git is told not to look at repo/${hidden} (git update-index --no-assume-unchanged, --no-skip-worktree)`;
  const found = await lookThrough(worktree.repo, names);
  if (found.repository !== null) return `a git repository of its own lies in repo/${found.repository}`;
  const isMade = inPlaces(await readMade(worktree.root));
  return reasonOf(
    worktree,
    found.untracked.filter((path) => !isMade(path)),
    ignoredToo,
  );
}

async function reasonOf(worktree: Worktree, untracked: readonly string[], ignoredToo: boolean): Promise<string | null> {
  const outlook = ignoredToo ? await outlookOf(worktree, untracked) : new Map<string, { kind: string }>();
  const left = untracked.filter((path) => outlook.get(path)?.kind !== 'ignored');
  if (left.length === 0) return null;
  const named = (await withReasons(worktree, left.slice(0, MOST_NAMED))).map(({ path, why }) => `${path} (${why})`);
  const more = left.length > named.length ? ` and ${left.length - named.length} more` : '';
  return `${left.length} ${left.length === 1 ? 'file in repo/ is' : 'files in repo/ are'} in no commit: ${named.join(', ')}${more}`;
}

/** The worktree's commit, where it would be lost together with the worktree. */
async function looseHead(worktree: Worktree): Promise<string | null> {
  const { text: head } = await gitIn(worktree, ['rev-parse', 'HEAD^{commit}']);
  const { text: holding } = await gitIn(worktree, [
    'for-each-ref',
    '--count=1',
    `--contains=${head}`,
    '--format=%(refname)',
  ]);
  return holding === '' ? head.slice(0, 12) : null;
}

/** Names as `latin1`, so that names that are not text keep all their bytes. */
async function trackedFiles(worktree: Worktree): Promise<{ names: Set<string>; hidden: string | null }> {
  const { stdout } = await gitIn(worktree, ['ls-files', '-v', '-z'], { maxOutputBytes: MOST_LIST_BYTES });
  const entries = stdout
    .toString('latin1')
    .split('\0')
    .filter((entry) => entry !== '');
  // small letters mean: assumed to be unchanged; S means: not to be checked out
  const hidden = entries.find((entry) => /^[a-zS] /.test(entry));
  return {
    names: new Set(entries.map((entry) => entry.slice(2))),
    hidden: hidden === undefined ? null : textOf(hidden.slice(2)),
  };
}

/**
 * Every file below a folder that is not among the names. It ends at the first repository. It throws when something may
 * not be read.
 */
async function lookThrough(
  top: string,
  names: ReadonlySet<string>,
): Promise<{ untracked: string[]; repository: string | null }> {
  const untracked: string[] = [];
  const pending = [''];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const entries = await readdir(Buffer.from(`${top}/${folder}`, 'latin1'), {
      withFileTypes: true,
      encoding: 'buffer',
    });
    for (const entry of entries as unknown as Dirent<Buffer>[]) {
      const name = folder + entry.name.toString('latin1');
      if (name === '.git') continue;
      if (entry.name.toString('latin1') === '.git') return { untracked, repository: textOf(folder) };
      if (entry.isDirectory()) pending.push(`${name}/`);
      else if (!names.has(name)) untracked.push(textOf(name));
    }
  }
  return { untracked: untracked.sort(), repository: null };
}

function textOf(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
