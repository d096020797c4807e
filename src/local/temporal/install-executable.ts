import { renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Puts an executable in place in one step. Nobody ever sees half of it, and a copy that runs at the moment stays whole.
 *
 * @param bytes - the program
 * @param target - path in an existing folder
 */
export function installExecutable(bytes: Buffer, target: string): void {
  const scratch = `${target}.new-${process.pid}`;
  try {
    writeFileSync(scratch, bytes, { mode: 0o755 });
    renameSync(scratch, target);
  } finally {
    rmSync(scratch, { force: true });
  }
}
