import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { nullIfMissing } from '../disk-failure.js';

/** The settings of a repository, and the state of the settings file from which they were read. */
interface Known {
  state: string;
  names: readonly string[];
}

const known = new Map<string, Known>();
const MOST_KNOWN = 1_000;
/** A file that was just written may be written once more without a change of its time. */
const SETTLED_MS = 2_000;

/**
 * The names of all settings of a repository. Git is asked once for each state of the settings file. Where other files
 * count too, a change of those does not show in this one, so git is asked each time.
 *
 * @param gitDir - the repository's, or that of one of its worktrees
 * @param ask - asks git
 */
export async function knownSettings(gitDir: string, ask: () => Promise<readonly string[]>): Promise<readonly string[]> {
  const file = join(await commonDirOf(gitDir), 'config');
  const state = await stateOf(file);
  const last = known.get(file);
  if (state !== null && last?.state === state) return last.names;
  const names = await ask();
  known.delete(file);
  if (state === null || names.some(hasOtherSources)) return names;
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(file, { state, names });
  return names;
}

function hasOtherSources(name: string): boolean {
  return /^(?:include|includeif)\.|^extensions\.worktreeconfig$/i.test(name);
}

async function commonDirOf(gitDir: string): Promise<string> {
  const pointer = await readFile(join(gitDir, 'commondir'), 'utf8').catch(nullIfMissing);
  return pointer === null ? gitDir : resolve(gitDir, pointer.trimEnd());
}

async function stateOf(file: string): Promise<string | null> {
  const stats = await stat(file, { bigint: true }).catch(nullIfMissing);
  if (stats === null || Date.now() - Number(stats.ctimeMs) < SETTLED_MS) return null;
  return [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(' ');
}
