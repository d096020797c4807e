import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { errnoOf } from '../disk-failure.js';

/** Whether the worker's user may read a file. A file that is no longer there counts as readable. */
export async function isReadable(path: string | Buffer): Promise<boolean> {
  try {
    // opening a FIFO must not wait for its writer
    await (await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)).close();
    return true;
  } catch (error) {
    return !/^(?:EACCES|EPERM)$/.test(errnoOf(error) ?? '');
  }
}
