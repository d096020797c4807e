import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Whoever sets one of these has said where Temporal and the mirror are. */
const PLACES = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE', 'DATABASE_URL'];

/**
 * Takes over the variables of the clone's local stack (`.phasegate/env`) where the terminal has none that say where
 * Temporal and the mirror are. Variables that are set stay.
 *
 * @param root - folder of the clone
 * @param env - is changed
 * @returns whether it took them over
 */
export function adoptLocalEnv(root: string, env: NodeJS.ProcessEnv): boolean {
  if (PLACES.some((name) => env[name])) return false;
  let text: string;
  try {
    text = readFileSync(path.join(root, '.phasegate', 'env'), 'utf8');
  } catch {
    return false;
  }
  for (const [, name = '', value = ''] of text.matchAll(/^export (\w+)='((?:[^']|'\\'')*)'$/gm))
    env[name] ??= value.replaceAll("'\\''", "'");
  return true;
}
