import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { GitView } from '../../domain/check/git-view.js';
import { nullIfMissing } from '../disk-failure.js';
import { git } from './git.js';

/** What of a git folder is needed to read commits, and is only that. */
const SHARED = [
  ...['HEAD', 'objects', 'refs', 'reftable', 'packed-refs', 'shallow'],
  ...['info/exclude', 'info/attributes', 'info/grafts'],
];
const OWN = ['HEAD', 'commondir', 'gitdir', 'index', 'refs', 'reftable'];
/** The settings without which git would read the repository otherwise. None of them can hold a secret or start a program. */
const SETTINGS = new Set([
  ...['repositoryformatversion', 'filemode', 'ignorecase', 'precomposeunicode', 'symlinks'].map(
    (name) => `core.${name}`,
  ),
  ...['autocrlf', 'eol', 'safecrlf', 'checkstat', 'trustctime', 'abbrev'].map((name) => `core.${name}`),
  ...['objectformat', 'compatobjectformat', 'refstorage', 'noop', 'relativeworktrees'].map(
    (name) => `extensions.${name}`,
  ),
]);
const PLAIN_VALUE = /^[\w.-]{1,40}$/;
/** Repositories that borrow objects of others that borrow objects. */
const MOST_ALTERNATES = 20;

/**
 * What commands see of a repository's git folder: its commits, its refs and their own worktree. Its settings (a remote's
 * password, headers, credential helpers), hooks, logs, `FETCH_HEAD`, submodules and other worktrees are not there.
 *
 * @param place - the worktree's own git directory, and the one that all share
 * @throws PhasegateError as git's failures
 */
export async function gitView(
  { gitDir, commonDir }: { gitDir: string; commonDir: string },
  signal?: AbortSignal,
): Promise<GitView> {
  // a large index may be in two parts
  const shared = ((await readdir(gitDir).catch(nullIfMissing)) ?? []).filter((name) => name.startsWith('sharedindex.'));
  return {
    commonDir,
    paths: [
      ...SHARED.map((name) => join(commonDir, name)),
      ...[...OWN, ...shared].map((name) => join(gitDir, name)),
      ...(await alternates(join(commonDir, 'objects'))),
    ],
    texts: [{ at: join(commonDir, 'config'), text: await harmlessSettings(commonDir, signal) }],
  };
}

async function harmlessSettings(commonDir: string, signal: AbortSignal | undefined): Promise<string> {
  const { text } = await git(commonDir, ['config', '--list', '-z', '--includes'], { gitDir: commonDir, signal });
  const settings = new Map<string, string>();
  for (const entry of text.split('\0')) {
    const end = entry.indexOf('\n');
    const [name, value] = [entry.slice(0, end), entry.slice(end + 1)];
    if (end > 0 && SETTINGS.has(name) && PLAIN_VALUE.test(value)) settings.set(name, value);
  }
  return [...settings].map(([name, value]) => `[${name.replace('.', ']\n\t')} = ${value}\n`).join('');
}

/** Folders of other repositories from which this one borrows objects. */
async function alternates(objects: string): Promise<string[]> {
  const found = new Set<string>();
  const open = [objects];
  for (let folder = open.shift(); folder !== undefined; folder = open.shift()) {
    const text = (await readFile(join(folder, 'info', 'alternates'), 'utf8').catch(() => null)) ?? '';
    for (const line of text.split('\n').filter((path) => path !== '' && !path.startsWith('#'))) {
      const path = resolve(folder, line);
      if (found.has(path) || found.size >= MOST_ALTERNATES || !(await isObjects(path))) continue;
      found.add(path);
      open.push(path);
    }
  }
  return [...found];
}

async function isObjects(path: string): Promise<boolean> {
  return basename(path) === 'objects' && (await stat(path).catch(() => null))?.isDirectory() === true;
}
