import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PhasegateError } from '../../domain/failures.js';
import { canReach, postgresUser, type SystemUser } from './postgres-user.js';

export interface PostgresPlace {
  /** The data folder; it may not exist yet. */
  data: string;
  /** Where a copy of the binaries may be put. */
  spare: string;
  /** As whom PostgreSQL runs; null for ourselves. */
  user: SystemUser | null;
  /** True when the data lies outside the folder that was asked for. */
  elsewhere: boolean;
}

/** Beside the data's usual place: a text with the path of the folder that holds the data instead. */
export const LOCATION_FILE = 'postgres-data-location';

/**
 * Chooses where the data goes: below `dir`, or, where the user that PostgreSQL runs as does not get there (root's clone
 * below a 0700 folder), in a folder of its own that is noted in {@link LOCATION_FILE} and found again by it.
 *
 * @param dir - existing folder, such as `.phasegate`
 */
export function postgresPlace(dir: string): PostgresPlace {
  const data = join(dir, 'postgres');
  const user = postgresUser(data);
  if (user === null || canReach(user, dir)) return { data, spare: dir, user, elsewhere: false };
  if (existsSync(data)) {
    throw new PhasegateError(
      'local_stack_failed',
      `PostgreSQL's data is in ${data}, and the user that it runs as (uid ${user.uid}) can no longer reach that folder. Give that user the x bit on the folders above it, or move ${data} away to begin with an empty database.`,
    );
  }
  const outside = notedFolder(dir) ?? newFolder(dir, user);
  const moved = join(outside, 'postgres');
  return { data: moved, spare: outside, user: postgresUser(moved), elsewhere: true };
}

function notedFolder(dir: string): string | undefined {
  const note = join(dir, LOCATION_FILE);
  if (!existsSync(note)) return undefined;
  const folder = readFileSync(note, 'utf8').trim();
  return existsSync(folder) ? folder : undefined;
}

// A random name: one that can be foretold could be laid there by somebody else before us.
function newFolder(dir: string, user: SystemUser): string {
  const hash = createHash('sha256').update(realpathSync(dir)).digest('hex').slice(0, 12);
  const parent = ['/var/tmp', tmpdir(), '/tmp'].find((folder) => canReach(user, folder));
  if (!parent)
    throw new PhasegateError(
      'local_stack_failed',
      'PostgreSQL does not run as root, and its own user can reach neither /var/tmp nor /tmp. Give others the x bit on one of them, or run this as another user.',
    );
  const folder = mkdtempSync(join(parent, `phasegate-${hash}-`));
  chmodSync(folder, 0o711);
  writeFileSync(join(dir, LOCATION_FILE), `${folder}\n`);
  return folder;
}

/** Makes a folder whose content is ours, but which another user may pass through on the way to the database's files. */
export function makePassableFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  if (process.getuid?.() === 0) chmodSync(folder, 0o711);
}
