import { rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { diskFailure } from '../disk-failure.js';
import { syncFolder } from '../write-atomically.js';
import { isDotGit } from './agent-path.js';
import { asRefusal, inFolder, lookAt, type HeldFolder } from './held-folder.js';
import { PathRefused } from './path-refused.js';
import { assertRegularFile } from './regular-file.js';

/**
 * Removes a regular file. Its folder stays, also when it is empty then.
 *
 * @param root - real path of the run's folder
 * @param names - from it to the file
 * @throws PathRefused for the path, `workspace_failed` for the disk
 */
export async function removeConfined(root: string, names: readonly string[]): Promise<void> {
  const [path, name] = fileOf(names);
  await inFolder(root, names.slice(0, -1), async (folder) => {
    assertRegularFile(await lookAt(folder, name), path);
    // a link that has been put in its place meanwhile is removed itself, and not followed
    await unlink(join(folder.place, name)).catch((error) => Promise.reject(asRefusal(error, path)));
    await keep(folder, path);
  });
}

/**
 * Moves a regular file to a path where nothing is, with the folders it needs.
 *
 * @param root - real path of the run's folder
 * @param from - names from it to the file
 * @param to - names from it to the new place
 * @throws PathRefused for a path, `workspace_failed` for the disk
 */
export async function moveConfined(root: string, from: readonly string[], to: readonly string[]): Promise<void> {
  const [path, name] = fileOf(from);
  const [target, newName] = fileOf(to);
  await inFolder(root, from.slice(0, -1), async (source) => {
    assertRegularFile(await lookAt(source, name), path);
    await inFolder(
      root,
      to.slice(0, -1),
      async (folder) => {
        if ((await lookAt(folder, newName)) !== null)
          throw new PathRefused(`${target} is there already: nothing was moved`);
        await rename(join(source.place, name), join(folder.place, newName)).catch((error) =>
          Promise.reject(asRefusal(error, target)),
        );
        await keep(folder, target);
      },
      { create: true },
    );
    await keep(source, path);
  });
}

function fileOf(names: readonly string[]): [path: string, name: string] {
  const [path, name] = [names.join('/'), names.at(-1)];
  if (name === undefined || names.length < 2) throw new PathRefused(`${path || '.'} is a folder`, 'not_a_file');
  if (names.some(isDotGit)) throw new PathRefused(`${path}: what belongs to git can't be changed`);
  return [path, name];
}

/** A power cut must not bring back what the model was told is gone. */
async function keep(folder: HeldFolder, path: string): Promise<void> {
  await syncFolder(folder.place).catch((error) => Promise.reject(diskFailure(error, `${path} cannot be kept`)));
}
