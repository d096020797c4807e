import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, open, realpath, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { PhasegateError } from '../../domain/failures.js';
import { diskFailure, errnoOf, nullIfMissing } from '../disk-failure.js';
import { PathRefused } from './path-refused.js';

/** A folder that is held open. Work through it happens there, whatever becomes of its path meanwhile. */
export interface HeldFolder {
  /** Where its content is reached: on Linux by the open handle, elsewhere by its path, because Node has no `openat`. */
  place: string;
  /** The path from the run's folder, with `/`. */
  relative: string;
  close(): Promise<void>;
}

const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** The real path of a run's folder. @throws PhasegateError `workspace_lost` */
export async function realRoot(root: string): Promise<string> {
  try {
    return await realpath(root);
  } catch (error) {
    throw rootFailure(error, root);
  }
}

/**
 * Goes down from a run's folder name by name, through no symbolic link, and does something in the last folder.
 *
 * @param root - real path of the run's folder
 * @param options - `create`: missing folders are made
 * @throws PathRefused where a name is missing, is a link, or is not a folder
 */
export async function inFolder<T>(
  root: string,
  names: readonly string[],
  use: (folder: HeldFolder) => Promise<T>,
  options: { create?: boolean } = {},
): Promise<T> {
  const folder = await holdFolder(root, names, options);
  try {
    return await use(folder);
  } finally {
    await folder.close();
  }
}

/** The same as {@link inFolder}, for callers that close the folder themselves. */
export async function holdFolder(
  root: string,
  names: readonly string[],
  { create = false }: { create?: boolean } = {},
): Promise<HeldFolder> {
  let held = await holdRoot(root);
  for (const name of names) {
    const above = held;
    try {
      held = await enter(above, name, create);
    } finally {
      await above.close();
    }
  }
  return held;
}

/** A folder that is there and may not be used is not lost: it would not help to make it again. */
function rootFailure(error: unknown, root: string): PhasegateError {
  const code = errnoOf(error) ?? 'unreadable';
  if (code === 'EACCES' || code === 'EPERM') return diskFailure(error, `the run's folder ${root} cannot be used`);
  return new PhasegateError('workspace_lost', `the run's folder ${root} is gone (${code})`, {}, { cause: error });
}

async function holdRoot(root: string): Promise<HeldFolder> {
  try {
    return asHeld(await open(root, FOLDER_FLAGS), root, '');
  } catch (error) {
    throw rootFailure(error, root);
  }
}

async function enter(above: HeldFolder, name: string, create: boolean): Promise<HeldFolder> {
  const [path, relative] = [join(above.place, name), relativeTo(above, name)];
  if (create && isName(name))
    await mkdir(path).catch((error) => errnoOf(error) === 'EEXIST' || Promise.reject(asRefusal(error, relative)));
  const before = await lookAt(above, name);
  if (before === null) throw new PathRefused(`there is no folder ${relative}`, 'missing');
  if (!before.isDirectory()) throw new PathRefused(`${relative} is not a folder`, 'not_a_folder');
  const handle = await open(path, FOLDER_FLAGS).catch((error) => Promise.reject(asRefusal(error, relative)));
  if (sameFile(await handle.stat(), before)) return asHeld(handle, path, relative);
  await handle.close();
  throw exchanged(relative);
}

/**
 * What a folder has under a name; null for nothing. @throws PathRefused for a symbolic link, or for a text that can't
 * be a name
 */
export async function lookAt(folder: HeldFolder, name: string): Promise<Stats | null> {
  const relative = relativeTo(folder, name);
  if (!isName(name)) throw new PathRefused(`${relative} is not a path that can be used`, 'outside');
  const stats = await lstat(join(folder.place, name))
    .catch(nullIfMissing)
    .catch((error) => Promise.reject(asRefusal(error, relative)));
  if (stats?.isSymbolicLink()) throw new PathRefused(`${relative} is a symbolic link: links are not followed`);
  return stats;
}

/** Paths are checked where they come in. Here it is checked once more that none leads up. */
function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/');
}

export function relativeTo(folder: HeldFolder, name: string): string {
  return folder.relative === '' ? name : `${folder.relative}/${name}`;
}

export function sameFile(a: Stats, b: Stats): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

export function exchanged(relative: string): PathRefused {
  return new PathRefused(`${relative} was exchanged while it was used`);
}

/** The agent is told what is wrong with a path. Only a disk that fails (EIO, ENOSPC, EROFS, …) ends the attempt. */
export function asRefusal(error: unknown, relative: string): Error {
  if (error instanceof PathRefused) return error;
  switch (errnoOf(error)) {
    case 'ENAMETOOLONG':
      return new PathRefused(`${relative}: the path is too long for this disk`);
    case 'ELOOP':
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EISDIR':
    case 'EEXIST':
    case 'ENOTEMPTY':
      return exchanged(relative);
    case 'EILSEQ':
    case 'EINVAL':
      return new PathRefused(`${relative}: the disk can't hold such a name`);
    case 'EACCES':
    case 'EPERM':
      return new PathRefused(`${relative}: permission denied`, 'denied');
    case 'EBUSY':
    case 'ETXTBSY':
      return new PathRefused(`${relative} is in use by another program`, 'denied');
    case 'EXDEV':
      return new PathRefused(`${relative} is on another disk, mounted there`, 'denied');
    case 'ENXIO':
    case 'ENODEV':
    case 'EOPNOTSUPP':
    case 'EOVERFLOW':
    case 'EMLINK':
      return new PathRefused(`${relative} can't be used here (${errnoOf(error)})`, 'denied');
    default:
      return diskFailure(error, `${relative} cannot be used`);
  }
}

function asHeld(handle: FileHandle, path: string, relative: string): HeldFolder {
  return {
    place: process.platform === 'linux' ? `/proc/self/fd/${handle.fd}` : path,
    relative,
    close: () => handle.close(),
  };
}
