import { gitOnTrees, TREE_DIFF, type TreePlace } from './git-on-trees.js';
import type { GitResult } from '../git/git.js';

/** More output is cut: nobody reads it, and one file can be asked for by its path. */
const MOST_BYTES = 4 * 1024 * 1024;
/** The tree without files, in repositories with ids of 40 and of 64 digits. */
const EMPTY_TREE = {
  40: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  64: '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
} as const;

/** Whether a text may be the name of a revision. No option of git has such a form, and no range or search. */
function isPossibleRevision(text: string): boolean {
  return /^[\w@][\w./@^~+-]{0,199}$/.test(text) && !text.includes('..');
}

/** The commit that a revision names; null where there is none. */
export async function commitOf(place: TreePlace, revision: string, signal: AbortSignal): Promise<string | null> {
  if (!isPossibleRevision(revision)) return null;
  const args = ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`];
  const { refsDir: gitDir = place.gitDir, scratch } = place;
  const { code, text } = await gitOnTrees({ gitDir, scratch }, args, { signal, okCodes: [0, 1, 128] });
  return code === 0 && /^[0-9a-f]{40,64}$/.test(text) ? text : null;
}

/** The first parent of a commit, or the empty tree. */
export async function parentOf(place: TreePlace, commit: string, signal: AbortSignal): Promise<string> {
  return (await commitOf(place, `${commit}^1`, signal)) ?? (commit.length === 64 ? EMPTY_TREE[64] : EMPTY_TREE[40]);
}

/** The differences between two commits or trees, as a patch. */
export function readPatch(
  place: TreePlace,
  from: string,
  to: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<GitResult> {
  const args = ['diff-tree', '-r', '-p', ...TREE_DIFF.renames, ...TREE_DIFF.safe, from, to, '--', ...paths];
  return gitOnTrees(place, args, cutAt(signal));
}

/** Commits, the newest first, each in one line: id, date, author, subject. */
export function readLog(
  place: TreePlace,
  commit: string,
  { paths, skip, most }: { paths: readonly string[]; skip: number; most: number },
  signal: AbortSignal,
): Promise<GitResult> {
  const shape = ['--format=%h %cs %an: %s', '--encoding=UTF-8', '--no-color', '--no-show-signature', '--no-notes'];
  const args = ['log', ...shape, '--no-decorate', `--skip=${skip}`, `--max-count=${most}`, commit, '--', ...paths];
  return gitOnTrees(place, args, cutAt(signal));
}

/** What a commit says of itself. */
export function readMessage(place: TreePlace, commit: string, signal: AbortSignal): Promise<GitResult> {
  const shape = '--format=commit %H%nAuthor: %an%nDate: %ci%n%n%B';
  const args = ['log', shape, '--encoding=UTF-8', '--no-color', '--no-show-signature', '--no-notes', '--max-count=1'];
  return gitOnTrees(place, [...args, commit, '--'], cutAt(signal));
}

/** What lies at a path in a commit; null for nothing. */
export async function entryAt(
  place: TreePlace,
  commit: string,
  path: string,
  signal: AbortSignal,
): Promise<{ mode: string; type: string; id: string } | null> {
  const { text } = await gitOnTrees(place, ['ls-tree', '-z', commit, '--', path], cutAt(signal));
  const found = /^(\d+) (\w+) ([0-9a-f]+)\t/.exec(text);
  return found ? { mode: found[1] ?? '', type: found[2] ?? '', id: found[3] ?? '' } : null;
}

/** The bytes of a stored file, or the names in a stored folder. No filter and no other program converts them. */
export function readEntry(
  place: TreePlace,
  { type, id }: { type: string; id: string },
  signal: AbortSignal,
): Promise<GitResult> {
  const args = type === 'tree' ? ['ls-tree', '--name-only', id] : ['cat-file', 'blob', id];
  return gitOnTrees(place, args, cutAt(signal));
}

/** Who wrote which line last. */
export function readBlame(
  place: TreePlace,
  commit: string,
  { path, from, most }: { path: string; from: number; most: number },
  signal: AbortSignal,
): Promise<GitResult> {
  const shape = ['--no-textconv', '--date=short', '--abbrev=9', '--no-progress', '-L', `${from},+${most}`];
  return gitOnTrees(place, ['blame', ...shape, commit, '--', path], cutAt(signal));
}

function cutAt(signal: AbortSignal) {
  return { signal, maxOutputBytes: MOST_BYTES, cutOutput: true as const };
}
