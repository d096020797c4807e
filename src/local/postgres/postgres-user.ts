import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { PhasegateError } from '../../domain/failures.js';

/** The user that a process runs as. */
export interface SystemUser {
  uid: number;
  gid: number;
}

/**
 * The user that PostgreSQL must run as. PostgreSQL refuses root. So root gives it to the owner of the data, or to
 * `postgres`, or to `nobody`.
 *
 * @param data - its data folder, which may not exist yet
 * @returns null when we are not root; then it simply runs as our own user
 */
export function postgresUser(data: string): SystemUser | null {
  if (process.getuid?.() !== 0) return null;
  if (existsSync(data)) {
    const { uid, gid } = statSync(data);
    if (uid !== 0) return { uid, gid };
  }
  for (const name of ['postgres', 'nobody']) {
    const uid = idOf('-u', name);
    const gid = idOf('-g', name);
    if (uid && gid !== undefined) return { uid, gid };
  }
  throw new PhasegateError(
    'local_stack_failed',
    'PostgreSQL refuses to run as root, and there is neither a user postgres nor a user nobody: add one, or run this as another user.',
  );
}

function idOf(flag: '-u' | '-g', name: string): number | undefined {
  const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' });
  return status === 0 ? Number(stdout) : undefined;
}

/**
 * Whether a user may enter this folder. It is tried, and not worked out from permissions: ACLs and mounts count, too.
 *
 * @param user - null for our own
 */
export function canReach(user: SystemUser | null, folder: string): boolean {
  const test = spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'sh', folder], { ...user, cwd: '/' });
  return test.status === 0;
}
