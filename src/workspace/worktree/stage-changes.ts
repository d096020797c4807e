import { PhasegateError } from '../../domain/failures.js';
import { gitIn } from '../git/git-in.js';
import { moveAside } from '../move-aside.js';
import { indexLine, splitNul, updateIndex } from './index-lines.js';
import { filteredOf } from './outlook.js';
import { stageUnconverted } from './stage-unconverted.js';
import type { Worktree } from './worktree.js';

const GITLINK = '160000';
/** The mode of a file that a commit doesn't have. */
const ABSENT = '000000';
/** How deep repositories may be inside repositories that an agent made. */
const MAX_NESTING = 20;

/**
 * Puts every change of a worktree into its index, except what `.gitignore` names.
 *
 * A repository that an agent made inside (`git init`) loses its `.git`, which is kept beside the worktree. Its files
 * are committed as files. Otherwise git would commit only a link to a commit that nobody else has, and the files would
 * be lost. Real submodules stay as they are.
 *
 * @param parent - the commit that the changes are compared with
 */
export async function stageEverything(worktree: Worktree, parent: string, signal?: AbortSignal): Promise<void> {
  await setEmbeddedRepositoriesAside(worktree, signal);
  await stageFiles(worktree, parent, signal);
}

/** The same, but a repository that an agent made inside is left as it is, and left out. */
export async function stageFiles(worktree: Worktree, parent: string, signal?: AbortSignal): Promise<void> {
  try {
    // a file that may not be read (exit code 1) is left out, and the others are staged
    await gitIn(worktree, ['add', '--all', '--ignore-errors'], { signal, okCodes: [0, 1] });
  } catch (error) {
    if (!(error instanceof PhasegateError) || signal?.aborted) throw error;
    // attributes that an agent wrote can demand a conversion that fails; then the bytes of that file are committed as
    // they are
    await stageUnconverted(worktree, signal).catch(() => Promise.reject(error));
  }
  await undoChangedGitlinks(worktree, parent, signal);
}

async function setEmbeddedRepositoriesAside(worktree: Worktree, signal: AbortSignal | undefined): Promise<void> {
  for (let depth = 0; depth < MAX_NESTING; depth++) {
    const { stdout } = await gitIn(worktree, ['ls-files', '-z', '--others', '--exclude-standard'], { signal });
    // git lists files; it lists a folder only where it has found a repository
    const embedded = splitNul(stdout).filter((path) => path.at(-1) === 0x2f);
    if (embedded.length === 0) return;
    for (const path of embedded)
      await moveAside(worktree.root, absolute(worktree, Buffer.concat([path, Buffer.from('.git')])));
  }
}

async function undoChangedGitlinks(worktree: Worktree, parent: string, signal: AbortSignal | undefined): Promise<void> {
  await undo(
    worktree,
    (await readStaged(worktree, parent, signal)).filter(({ newMode }) => newMode === GITLINK),
    signal,
  );
}

/**
 * Takes files out of the index again that a filter should have converted (Git LFS, git-crypt). Without the filter they
 * must not be committed, and filters are not run. A file that was only moved was converted before, and stays.
 *
 * @returns how many changes are left in the index
 */
export async function leaveOutFiltered(worktree: Worktree, parent: string, signal?: AbortSignal): Promise<number> {
  const staged = await readStaged(worktree, parent, signal);
  const before = new Set(staged.map(({ oldId }) => oldId));
  const files = staged.filter(({ newMode, newId }) => newMode.startsWith('100') && !before.has(newId));
  const filtered = await filteredOf(
    worktree,
    files.map(({ path }) => path.toString()),
    signal,
  );
  const leftOut = files.filter(({ path }) => filtered.has(path.toString()));
  await undo(worktree, leftOut, signal);
  return staged.length - leftOut.length;
}

/**
 * Takes new files out of the index again. Files that the commit before has stay.
 *
 * @param isThere - tells of a path from the worktree's folder whether it is one of them
 */
export async function leaveOutAdded(
  worktree: Worktree,
  parent: string,
  isThere: (path: string) => boolean,
  signal?: AbortSignal,
): Promise<void> {
  const staged = await readStaged(worktree, parent, signal);
  const added = staged.filter(({ oldMode, path }) => oldMode === ABSENT && isThere(path.toString()));
  await undo(worktree, added, signal);
}

/** A file whose entry in the index differs from that of the commit before. */
interface Staged {
  oldMode: string;
  newMode: string;
  oldId: string;
  newId: string;
  path: Buffer;
}

async function readStaged(worktree: Worktree, parent: string, signal: AbortSignal | undefined): Promise<Staged[]> {
  const { stdout } = await gitIn(
    worktree,
    ['diff-index', '--cached', '--raw', '--no-renames', '--no-abbrev', '-z', parent],
    { signal },
  );
  const fields = splitNul(stdout);
  const staged: Staged[] = [];
  for (let n = 0; n + 1 < fields.length; n += 2) {
    const [oldMode = '', newMode = '', oldId = '', newId = ''] = (fields[n] as Buffer)
      .toString('latin1')
      .slice(1)
      .split(' ');
    staged.push({ oldMode, newMode, oldId, newId, path: fields[n + 1] as Buffer });
  }
  return staged;
}

async function undo(worktree: Worktree, staged: readonly Staged[], signal: AbortSignal | undefined): Promise<void> {
  const lines = staged.map(({ oldMode, oldId, path }) => indexLine(oldMode === ABSENT ? '0' : oldMode, oldId, path));
  if (lines.length > 0) await updateIndex(worktree, lines, signal);
}

function absolute({ repo }: Worktree, path: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${repo}/`), path]);
}
