import { constants, type Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { asRefusal, exchanged, inFolder, lookAt, relativeTo, sameFile, type HeldFolder } from './held-folder.js';
import { PathRefused } from './path-refused.js';

/**
 * Opens a regular file for reading. Devices, FIFOs, links and files with a second name (which may lie outside) are
 * refused.
 *
 * @param root - real path of the run's folder
 * @param names - from it to the file
 * @param use - gets the open file, which is closed afterwards
 * @throws PathRefused
 */
export async function withRegularFile<T>(
  root: string,
  names: readonly string[],
  use: (handle: FileHandle, stats: Stats) => Promise<T>,
): Promise<T> {
  return inFolder(root, names.slice(0, -1), (folder) => withRegularFileIn(folder, names.at(-1), use));
}

/** The same as {@link withRegularFile}, in a folder that is held already. */
export async function withRegularFileIn<T>(
  folder: HeldFolder,
  name: string | undefined,
  use: (handle: FileHandle, stats: Stats) => Promise<T>,
): Promise<T> {
  if (name === undefined) throw new PathRefused('. is a folder', 'not_a_file');
  const relative = relativeTo(folder, name);
  const before = assertRegularFile(await lookAt(folder, name), relative);
  // the file may have become a device a moment ago: opening it must not wait
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(join(folder.place, name), flags).catch((error) =>
    Promise.reject(asRefusal(error, relative)),
  );
  try {
    const stats = await handle.stat();
    if (!sameFile(stats, before)) throw exchanged(relative);
    return await use(handle, stats);
  } finally {
    await handle.close();
  }
}

/** @throws PathRefused unless it is a regular file with one name */
export function assertRegularFile(stats: Stats | null, relative: string): Stats {
  if (stats === null) throw new PathRefused(`there is no file ${relative}`, 'missing');
  if (stats.isDirectory()) throw new PathRefused(`${relative} is a folder`, 'not_a_file');
  if (!stats.isFile()) throw new PathRefused(`${relative} is not a regular file`, 'not_a_file');
  if (stats.nlink > 1) throw new PathRefused(`${relative} has a second name (a hard link)`, 'not_a_file');
  return stats;
}
