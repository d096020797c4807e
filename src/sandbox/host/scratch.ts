import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A folder that nobody has said is in use for so long belongs to a process that was killed. */
const ABANDONED_MS = 10 * 60_000;
const KEEP_MS = 60_000;
const SWEEP_MS = 60 * 60_000;

/** The folders of this process, by the folder around each. */
const own = new Map<string, string>();

/** Removes the folders of this process with all in them. */
export async function removeOwnFolders(): Promise<void> {
  for (const folder of own.values()) await removeTree(folder);
}

/**
 * A new folder for one command.
 *
 * @param root - the folder for all commands of all workers
 * @param parts - names of the folders in it
 */
export async function makeScratch(root: string, parts: readonly string[]): Promise<string> {
  const around = ownFolder(root);
  await mkdir(around, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(around, 'c-'));
  for (const part of parts) await mkdir(join(folder, part), { mode: 0o700 });
  return folder;
}

/**
 * The folder of this process, which says every minute that it is in use. What killed processes left beside it is
 * removed at the first command, and each hour. Workers in other containers may share the folder around it, so age is
 * what tells, not a process id.
 */
function ownFolder(root: string): string {
  const known = own.get(root);
  if (known !== undefined) return known;
  const folder = join(root, randomUUID());
  own.set(root, folder);
  setInterval(() => {
    const now = new Date();
    utimes(folder, now, now).catch(() => undefined);
  }, KEEP_MS).unref();
  setInterval(() => void removeAbandoned(root), SWEEP_MS).unref();
  void removeAbandoned(root);
  return folder;
}

async function removeAbandoned(root: string): Promise<void> {
  for (const name of await readdir(root).catch(() => [])) {
    const folder = join(root, name);
    const age = Date.now() - ((await stat(folder).catch(() => null))?.mtimeMs ?? Date.now());
    if (folder !== own.get(root) && age > ABANDONED_MS) await removeTree(folder);
  }
}

/**
 * Removes a folder in which a command may have left anything: folders that can't be read, ten thousand levels, any
 * names. Both programs follow no symbolic link.
 */
export async function removeTree(folder: string): Promise<void> {
  const run = promisify(execFile);
  const remove = () =>
    run('rm', ['-rf', '--', folder]).then(
      () => true,
      () => false,
    );
  if (await remove()) return;
  await run('chmod', ['-R', 'u+rwx', '--', folder]).catch(() => undefined);
  await remove();
}
