import { readdir } from 'node:fs/promises';
import { PhasegateError } from '../domain/failures.js';
import { SANDBOX_FOLDER } from '../domain/names.js';
import { isUuid } from '../domain/text/uuid.js';

/** The entries of the folder of all runs. */
export interface RootEntries {
  runIds: string[];
  /** Folders that were about to be deleted when the process was killed. */
  halfRemoved: string[];
  /** Entries that are not the folder of a run, with the reason. */
  others: { name: string; why: string }[];
}

/** The beginning of the name of a folder that is being deleted. */
export const REMOVED_PREFIX = '.removed-';

/**
 * Lists the folder of all runs. Run folders are lower-case UUIDs.
 *
 * @throws PhasegateError `config_invalid` when it can't be read
 */
export async function listRunFolders(workspaceRoot: string): Promise<RootEntries> {
  const entries = await readdir(workspaceRoot, { withFileTypes: true }).catch((error: unknown) => {
    throw new PhasegateError(
      'config_invalid',
      `PHASEGATE_WORKSPACE_ROOT ${workspaceRoot} can't be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  const found: RootEntries = { runIds: [], halfRemoved: [], others: [] };
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { name } = entry;
    if (name === SANDBOX_FOLDER) continue;
    const isHalfRemoved =
      name.startsWith(REMOVED_PREFIX) && isUuid(name.slice(REMOVED_PREFIX.length).slice(0, UUID_LENGTH));
    if (!isHalfRemoved && (!isUuid(name) || name !== name.toLowerCase()))
      found.others.push({ name, why: 'its name is not a run id in small letters' });
    else if (!entry.isDirectory())
      found.others.push({ name, why: entry.isSymbolicLink() ? 'a symbolic link, no folder' : 'no folder' });
    else if (isHalfRemoved) found.halfRemoved.push(name);
    else found.runIds.push(name);
  }
  return found;
}

const UUID_LENGTH = 36;
