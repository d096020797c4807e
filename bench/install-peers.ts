import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the peers' packages are, apart from phasegate's own: Restate's server alone has 220 MB. */
export const PEERS = new URL('./peers', import.meta.url).pathname;

/**
 * Installs the peers' packages from their lock file, unless they are there.
 *
 * @returns null, or why they can't be installed
 */
export function installPeers(say: (line: string) => void): string | null {
  const stamp = join(PEERS, 'node_modules', '.installed');
  const wanted = createHash('sha256')
    .update(readFileSync(join(PEERS, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return null;
  say('Installing DBOS and Restate into bench/peers (240 MB) …');
  const { status, stderr, error } = spawnSync(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: PEERS, encoding: 'utf8' },
  );
  if (status !== 0) return error?.message ?? stderr.trim().split('\n').slice(0, 3).join(' ');
  writeFileSync(stamp, wanted);
  return null;
}
