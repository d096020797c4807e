import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface AtomicWrite {
  /** Permission bits of the file, whatever the umask; default 0600. */
  mode?: number;
  /** Folder in which the file is written before it is renamed; on the same disk. Default: the target's folder. */
  temporaryFolder?: string;
  /** Set it when nothing is lost if a power cut takes the file. */
  mayBeLost?: true;
}

/**
 * Writes a file. A reader, or a worker that was killed at any instant, finds either the old content or the new one,
 * never a part. The content is safe on the disk when this returns, unless it may be lost.
 *
 * @param path - absolute; a link at its end is replaced, not followed
 */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
  options: AtomicWrite = {},
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(options.temporaryFolder ?? folder, `.${randomUUID()}.tmp`);
  try {
    const handle = await open(
      temporary,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      await handle.writeFile(content);
      await handle.chmod(options.mode ?? 0o600);
      if (!options.mayBeLost) await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  if (!options.mayBeLost) await syncFolder(folder);
}

/** Makes sure that what was renamed or removed in a folder stays so after a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
