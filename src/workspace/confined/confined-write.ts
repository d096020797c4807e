import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../domain/text/hash.js';
import { isDotGit } from './agent-path.js';
import { diskFailure, errnoOf } from '../disk-failure.js';
import { asRefusal, inFolder, lookAt } from './held-folder.js';
import { PathRefused } from './path-refused.js';
import { assertRegularFile } from './regular-file.js';
import { OWN_NAMES } from '../run-folder.js';
import { writeFileAtomically } from '../write-atomically.js';

/** Largest content of one write. A model's whole reply is far below. */
const MAX_WRITE_BYTES = 16 * 1024 * 1024;

export interface Written {
  /** The path from the run's folder, with `/`. */
  path: string;
  bytes: number;
  sha256: string;
  /** Whether a file was there before. */
  replaced: boolean;
  /** Why the file will be in no commit; only where that is so. */
  notCommitted?: string;
}

/**
 * Writes or replaces a file, with the folders it needs. A replaced file keeps its permissions, and can be read by the
 * worker.
 *
 * @param root - real path of the run's folder
 * @param names - from it to the file
 * @throws PathRefused for the path, `workspace_failed` for the disk
 */
export async function writeConfined(
  root: string,
  names: readonly string[],
  content: string | Uint8Array,
): Promise<Written> {
  const [path, name] = [names.join('/'), names.at(-1)];
  const bytes = typeof content === 'string' ? Buffer.byteLength(content) : content.length;
  if (name === undefined || names.length < 2) throw new PathRefused(`${path || '.'} is a folder`, 'not_a_file');
  if (names.some(isDotGit)) throw new PathRefused(`${path}: what belongs to git can't be written`);
  if (bytes > MAX_WRITE_BYTES)
    throw new PathRefused(`the content is ${bytes} bytes, the limit is ${MAX_WRITE_BYTES}`, 'too_large');
  const write = async (place: string, mode: number): Promise<void> => {
    // unfinished files are where neither an agent nor a commit meets them
    const temporaryFolder = join(root, OWN_NAMES.temporary);
    await mkdir(temporaryFolder, { recursive: true, mode: 0o700 });
    await writeFileAtomically(place, content, { mode, temporaryFolder });
  };
  return inFolder(
    root,
    names.slice(0, -1),
    async (folder) => {
      const old = await lookAt(folder, name);
      // the tools and the commit read the file again
      const mode = old === null ? 0o644 : (assertRegularFile(old, path).mode & 0o777) | 0o600;
      await write(join(folder.place, name), mode).catch((error) => Promise.reject(writeFailure(error, path)));
      return { path, bytes, sha256: sha256(content), replaced: old !== null };
    },
    { create: true },
  );
}

/** Only the rename touches the agent's path. When a temporary folder of ours refuses, the disk has failed. */
function writeFailure(error: unknown, path: string): Error {
  const isOurs =
    error instanceof Error &&
    'syscall' in error &&
    error.syscall !== 'rename' &&
    /^(?:EACCES|EPERM)$/.test(errnoOf(error) ?? '');
  return isOurs ? diskFailure(error, `${path} cannot be written`) : asRefusal(error, path);
}
