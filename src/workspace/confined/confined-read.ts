import type { FileHandle } from 'node:fs/promises';
import { asRefusal } from './held-folder.js';
import { withRegularFile } from './regular-file.js';

/**
 * The beginning of a regular file.
 *
 * @param root - real path of the run's folder
 * @param names - from it to the file
 * @param maxBytes - most that is read, however large the file
 * @throws PathRefused
 */
export async function readConfined(
  root: string,
  names: readonly string[],
  maxBytes: number,
): Promise<{ bytes: Buffer; totalBytes: number }> {
  return withRegularFile(root, names, async (handle, { size }) => {
    const bytes = await readUpTo(handle, Math.min(maxBytes, size)).catch((error) =>
      Promise.reject(asRefusal(error, names.join('/'))),
    );
    return { bytes, totalBytes: size };
  });
}

/** At most `length` bytes from the beginning of an open file, or fewer where the file ends before. */
export async function readUpTo(handle: FileHandle, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
