import { resolve } from 'node:path';
import { parseAgentPath } from './agent-path.js';
import { listConfined, walkConfined, type Entry, type FoundFile, type WalkOptions } from './confined-listing.js';
import { readConfined } from './confined-read.js';
import { writeConfined, type Written } from './confined-write.js';
import { realRoot } from './held-folder.js';
import { PathRefused } from './path-refused.js';
import type { WriteOutlook } from '../worktree/write-outlook.js';

export { PathRefused } from './path-refused.js';
export type { Entry, FoundFile } from './confined-listing.js';
export type { Written } from './confined-write.js';

/**
 * A run's folder as its agents' tools see it: `repo/…` and `artifacts/…`, and nothing else. Every method takes any text
 * as a path. When the path does not lead to something there, it throws {@link PathRefused}, whose words are for the
 * model.
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
  /** The first `maxBytes` (default 1 MiB) of a regular file, and how many there are. */
  read(path: string, options?: { maxBytes?: number }): Promise<{ bytes: Buffer; totalBytes: number }>;
  /** Writes a whole file atomically, with the folders it needs. */
  write(path: string, content: string | Uint8Array): Promise<Written>;
  /** The entries of a folder, at most `limit` (default 1,000). */
  list(path: string, options?: { limit?: number }): Promise<{ entries: Entry[]; truncated: boolean }>;
  /**
   * Regular files below a folder, or the one file that is named. A file that may not be read is left out, and the
   * caller is told.
   */
  walk(path: string, options: WalkOptions): AsyncIterable<FoundFile>;
}

export interface WritePolicy {
  /** Takes a path such as `repo/src/a.ts`, normalised. Gives the reason why it may not be written, or null. */
  mayWrite(path: string): string | null;
  /** Takes such a path. Tells why the file will not be committed, and whether it may be written all the same. */
  outlook?(path: string): Promise<WriteOutlook | null>;
}

const DEFAULTS = { maxBytes: 1024 * 1024, limit: 1_000 } as const;

/**
 * @param root - the run's folder, absolute; if it is gone, the first use fails with `workspace_lost`
 * @param policy - asked before every write
 */
export function openConfinedFolder(root: string, policy: WritePolicy): ConfinedFolder {
  const place = async (path: string): Promise<[string, string[]]> => {
    const real = await realRoot(root);
    return [real, parseAgentPath(path, [resolve(root), real])];
  };
  return {
    async read(path, { maxBytes = DEFAULTS.maxBytes } = {}) {
      return readConfined(...(await place(path)), maxBytes);
    },
    async write(path, content) {
      const [real, names] = await place(path);
      const why = policy.mayWrite(names.join('/'));
      if (why !== null) throw new PathRefused(why);
      const outlook = (await policy.outlook?.(names.join('/'))) ?? null;
      if (outlook?.refused)
        throw new PathRefused(`${names.join('/')} is ${outlook.why}: what these tools write there can't be committed`);
      const written = await writeConfined(real, names, content);
      return outlook === null ? written : { ...written, notCommitted: outlook.why };
    },
    async list(path, { limit = DEFAULTS.limit } = {}) {
      return listConfined(...(await place(path)), limit);
    },
    async *walk(path, options) {
      yield* walkConfined(...(await place(path)), options);
    },
  };
}
