import { readConfig } from '../../config.js';
import { openMirror } from '../../mirror/mirror.js';
import type { Mirror } from '../../mirror/types.js';

/**
 * Does something with the mirror that DATABASE_URL names, and closes its connections.
 *
 * @throws PhasegateError `config_invalid`, `mirror_unavailable`, `mirror_not_migrated`
 */
export async function withMirror<T>(use: (mirror: Mirror) => Promise<T>): Promise<T> {
  const mirror = openMirror(readConfig(process.env, ['databaseUrl']).databaseUrl);
  try {
    return await use(mirror);
  } finally {
    await mirror.close();
  }
}
