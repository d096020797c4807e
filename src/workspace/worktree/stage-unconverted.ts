import { lstat } from 'node:fs/promises';
import { nullIfMissing } from '../disk-failure.js';
import { gitIn } from '../git/git-in.js';
import type { Worktree } from './worktree.js';
import { indexLine, joinNul, splitNul, updateIndex } from './index-lines.js';
import { isReadable } from './is-readable.js';
import { encodedOf } from './outlook.js';

/** Each file that fails costs a git process of its own. After this many failures the rest is not tried. */
const MOST_FAILURES = 50;

interface ChangedFile {
  path: Buffer;
  mode: string;
}

/**
 * Does the same as `git add`, but takes files as they are when their conversion from their encoding fails. All others
 * are converted as usual.
 *
 * @throws PhasegateError `workspace_failed`
 */
export async function stageUnconverted(worktree: Worktree, signal?: AbortSignal): Promise<void> {
  const { files, others } = await changes(worktree, signal);
  const encoded = await encodedOf(worktree, files.map(nameOf), signal);
  const failing = await unconvertible(
    worktree,
    files.filter((file) => encoded.has(nameOf(file))),
    signal,
  );
  const raw = new Set(failing);
  const converted = files.filter((file) => !raw.has(file)).map(({ path }) => path);
  const args = ['update-index', '--add', '--remove', '--replace', '-z', '--stdin'];
  await gitIn(worktree, args, { signal, input: joinNul([...others, ...converted]) });
  const ids = await hash(worktree, failing, ['--no-filters'], signal);
  await updateIndex(
    worktree,
    failing.map(({ path, mode }, n) => indexLine(mode, ids[n] ?? '', path)),
    signal,
  );
}

/** Regular files that changed and may be read, and the other changes: links, and files that are gone. */
async function changes(
  worktree: Worktree,
  signal: AbortSignal | undefined,
): Promise<{ files: ChangedFile[]; others: Buffer[] }> {
  const args = ['ls-files', '-z', '--modified', '--deleted', '--others', '--exclude-standard'];
  const { stdout } = await gitIn(worktree, args, { signal });
  const files: ChangedFile[] = [];
  const others: Buffer[] = [];
  for (const path of splitNul(stdout)) {
    const place = Buffer.concat([Buffer.from(`${worktree.repo}/`), path]);
    const stats = await lstat(place).catch(nullIfMissing);
    if (!stats?.isFile()) others.push(path);
    else if (await isReadable(place)) files.push({ path, mode: stats.mode & 0o100 ? '100755' : '100644' });
  }
  return { files, others };
}

async function unconvertible(
  worktree: Worktree,
  files: readonly ChangedFile[],
  signal: AbortSignal | undefined,
): Promise<ChangedFile[]> {
  const failing: ChangedFile[] = [];
  for (let rest = files; rest.length > 0;) {
    if (failing.length >= MOST_FAILURES) return [...failing, ...rest];
    // git ends at the first file that fails, and has written the ids of those before it
    const done = (await hash(worktree, rest, [], signal)).length;
    failing.push(...rest.slice(done, done + 1));
    rest = rest.slice(done + 1);
  }
  return failing;
}

/** The ids of the files' contents, up to the first file whose conversion fails. */
async function hash(
  worktree: Worktree,
  files: readonly ChangedFile[],
  options: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const args = ['hash-object', '-w', ...options, '--stdin-paths'];
  const { text } = await gitIn(worktree, args, { signal, input: files.map(quoted).join(''), okCodes: [0, 128] });
  return text.split('\n').filter((id) => id !== '');
}

function nameOf({ path }: ChangedFile): string {
  return path.toString();
}

function quoted({ path }: ChangedFile): string {
  return `"${[...path].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}"\n`;
}
