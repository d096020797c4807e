import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The system takes no longer path for a Unix socket. */
const LONGEST = 100;

/** A path for a command's socket: in its own folder, or in a short one where that is too long. */
export function socketPath(scratch: string): string {
  const path = join(scratch, 'proxy.sock');
  return path.length <= LONGEST ? path : join(mkdtempSync(join(tmpdir(), 'phasegate-')), 'proxy.sock');
}
