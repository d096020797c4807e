import { resolve } from 'node:path';
import { parseAgentPath } from './agent-path.js';
import { listConfined, walkConfined, type Entry, type FoundFile, type WalkOptions } from './confined-listing.js';
import { readConfined } from './confined-read.js';
import { moveConfined, removeConfined } from './confined-remove.js';
import { writeConfined, type Written } from './confined-write.js';
import { inFolder, lookAt, realRoot } from './held-folder.js';
import { PathRefused } from './path-refused.js';
import type { WriteOutlook } from '../worktree/write-outlook.js';

export { PathRefused } from './path-refused.js';
export type { Entry, FoundFile } from './confined-listing.js';
export type { Written } from './confined-write.js';

/**
 * A run's folder as its agents' tools see it: `repo/…` and `artifacts/…`, and nothing else. Every method takes any text
 * as a path. When the path does not lead to something there, it throws {@link PathRefused}, whose words are for the
 * model. A path without `repo/` before it is taken for a path in the repository when something is there.
 *
 * It follows no symbolic link, whoever made it. It neither reads nor writes files with a second name. It writes nothing
 * that git would take for `.git`. On Linux every step is taken from a folder that is held open, so a folder that is
 * exchanged meanwhile leads nowhere else.
 *
 * Two risks are left. On other systems steps go by path: a process of the same user that exchanges a folder for a link
 * at the right moment could divert one (agents have no tool that makes links). And a mount inside the run's folder
 * would be entered.
 */
export interface ConfinedFolder {
  /** The first `maxBytes` (default 1 MiB) of a regular file, how many there are, and its path from the run's folder. */
  read(path: string, options?: { maxBytes?: number }): Promise<{ path: string; bytes: Buffer; totalBytes: number }>;
  /** Writes a whole file atomically, with the folders it needs. */
  write(path: string, content: string | Uint8Array): Promise<Written>;
  /** Removes a regular file. Gives its path from the run's folder. */
  remove(path: string): Promise<string>;
  /** Moves a regular file to a path where nothing is, with the folders it needs. */
  move(from: string, to: string): Promise<Moved>;
  /** The entries of a folder, at most `limit` (default 1,000), and its path from the run's folder. */
  list(path: string, options?: { limit?: number }): Promise<{ path: string; entries: Entry[]; truncated: boolean }>;
  /**
   * Regular files below a folder, or the one file that is named. A file that may not be read is left out, and the
   * caller is told.
   */
  walk(path: string, options: WalkOptions): AsyncIterable<FoundFile>;
}

/** A file that has been moved: its paths from the run's folder. */
export interface Moved {
  from: string;
  to: string;
  /** Why the file will be in no commit; only where that is so. */
  notCommitted?: string;
}

export interface WritePolicy {
  /** Takes a path such as `repo/src/a.ts`, normalised. Gives the reason why it may not be written, or null. */
  mayWrite(path: string): string | null;
  /** Takes such a path of a file that may be written. Gives the reason why it may not be removed, or null. */
  mayRemove?(path: string): string | null;
  /** Takes such a path. Tells why the file will not be committed, and whether it may be written all the same. */
  outlook?(path: string): Promise<WriteOutlook | null>;
}

const DEFAULTS = { maxBytes: 1024 * 1024, limit: 1_000 } as const;

/**
 * @param root - the run's folder, absolute; if it is gone, the first use fails with `workspace_lost`
 * @param policy - asked before every write, removal and move
 */
export function openConfinedFolder(root: string, policy: WritePolicy): ConfinedFolder {
  const place = async (path: string): Promise<[string, string[]]> => {
    const real = await realRoot(root);
    const roots = [resolve(root), real];
    try {
      return [real, parseAgentPath(path, roots)];
    } catch (error) {
      const names = await inRepository(real, path, roots);
      if (names === null) throw error;
      return [real, names];
    }
  };
  const refuse = (why: string | null | undefined): void => {
    if (why) throw new PathRefused(why);
  };
  const outlookFor = async (path: string): Promise<WriteOutlook | null> => {
    refuse(policy.mayWrite(path));
    const outlook = (await policy.outlook?.(path)) ?? null;
    if (outlook?.refused)
      throw new PathRefused(`${path} is ${outlook.why}: what these tools write there can't be committed`);
    return outlook;
  };
  return {
    async read(path, { maxBytes = DEFAULTS.maxBytes } = {}) {
      const [real, names] = await place(path);
      return { path: names.join('/'), ...(await readConfined(real, names, maxBytes)) };
    },
    async write(path, content) {
      const [real, names] = await place(path);
      const outlook = await outlookFor(names.join('/'));
      const written = await writeConfined(real, names, content);
      return outlook === null ? written : { ...written, notCommitted: outlook.why };
    },
    async remove(path) {
      const [real, names] = await place(path);
      const at = names.join('/');
      refuse(policy.mayWrite(at) ?? policy.mayRemove?.(at));
      await removeConfined(real, names);
      return at;
    },
    async move(from, to) {
      const [real, names] = await place(from);
      const target = parseAgentPath(to, [resolve(root), real]);
      const moved = { from: names.join('/'), to: target.join('/') };
      refuse(policy.mayWrite(moved.from) ?? policy.mayRemove?.(moved.from));
      const outlook = await outlookFor(moved.to);
      await moveConfined(real, names, target);
      return outlook === null ? moved : { ...moved, notCommitted: outlook.why };
    },
    async list(path, { limit = DEFAULTS.limit } = {}) {
      const [real, names] = await place(path);
      return { path: names.join('/') || '.', ...(await listConfined(real, names, limit)) };
    },
    async *walk(path, options) {
      yield* walkConfined(...(await place(path)), options);
    },
  };
}

/** The names of a path without `repo/` before it, where there is such an entry in the repository; else null. */
async function inRepository(real: string, path: string, roots: readonly string[]): Promise<string[] | null> {
  if (/^[/~]/.test(path) || path.trim() === '') return null;
  try {
    const names = parseAgentPath(`repo/${path}`, roots);
    const name = names.at(-1) ?? '';
    const found = await inFolder(real, names.slice(0, -1), (folder) => lookAt(folder, name));
    return found === null ? null : names;
  } catch (error) {
    if (error instanceof PathRefused) return null;
    throw error;
  }
}
