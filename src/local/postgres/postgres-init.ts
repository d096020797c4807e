import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PhasegateError } from '../../domain/failures.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import type { PostgresPlace } from './postgres-place.js';

/**
 * The password of this database. It is made at random when there is none yet; mode 0600.
 *
 * @param file - the file that keeps it
 */
export function databasePassword(file: string): string {
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  return readFileSync(file, 'utf8').trim();
}

/**
 * Makes the data folder where there is none. It is made in a scratch folder first, so that a crash half-way leaves
 * nothing that looks like data.
 *
 * @param lasting - false for data that is thrown away: then it does not wait until the data is safe on the disk
 * @throws PhasegateError `local_stack_failed` with initdb's words, or when the data is of another major version
 */
export function ensureData(place: PostgresPlace, binaries: PostgresBinaries, password: string, lasting: boolean): void {
  const { data, user } = place;
  if (existsSync(join(data, 'PG_VERSION'))) return checkVersion(data, binaries.major);
  removeScratch(data);
  const scratch = `${data}.init-${process.pid}`;
  const secret = join(scratch, 'password');
  const cluster = join(scratch, 'data');
  for (const folder of [scratch, cluster]) mkdirSync(folder, { mode: 0o700 });
  writeFileSync(secret, password, { mode: 0o600 });
  if (user) for (const path of [scratch, cluster, secret]) chownSync(path, user.uid, user.gid);
  const args = [...initdbArgs(cluster, secret), ...(lasting ? [] : ['--no-sync'])];
  const made = spawnSync(binaries.initdb, args, {
    ...user,
    cwd: scratch,
    encoding: 'utf8',
    env: { LC_ALL: 'C', PATH: process.env.PATH },
  });
  if (made.status === 0) renameSync(cluster, data);
  rmSync(scratch, { recursive: true, force: true });
  if (made.status !== 0)
    throw new PhasegateError(
      'local_stack_failed',
      `initdb could not make a database in ${data}: ${made.error?.message ?? made.stderr.trim()}`,
    );
}

function initdbArgs(cluster: string, secret: string): string[] {
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  return ['-D', cluster, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${secret}`, ...locale];
}

function checkVersion(data: string, major: string): void {
  const found = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  if (found === major) return;
  throw new PhasegateError(
    'local_stack_failed',
    `The data in ${data} is of PostgreSQL ${found}, the installed one is ${major}. Move that folder away to begin with an empty database, or dump it with version ${found} first.`,
  );
}

function removeScratch(data: string): void {
  const prefix = `${basename(data)}.init-`;
  for (const name of readdirSync(dirname(data))) {
    if (name.startsWith(prefix)) rmSync(join(dirname(data), name), { recursive: true, force: true });
  }
}
