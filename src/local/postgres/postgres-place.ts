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
  /** The user that runs PostgreSQL; null for our own. */
  user: SystemUser | null;
  /** True when the data is outside the folder that was asked for. */
  elsewhere: boolean;
}

/** A file at the data's usual place. Its text is the path of the folder that holds the data instead. */
export const LOCATION_FILE = 'postgres-data-location';

/**
 * Chooses the place of the data, below `dir`. The user that runs PostgreSQL may not get there (root's clone below a
 * 0700 folder). Then the data gets a folder of its own. {@link LOCATION_FILE} has its path, and the next start finds it
 * there.
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

// A random name: if it could be guessed, somebody else could put a folder there before us.
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

/** Makes a folder whose content is ours. Another user may pass through it on the way to the database's files. */
export function makePassableFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  if (process.getuid?.() === 0) chmodSync(folder, 0o711);
}
