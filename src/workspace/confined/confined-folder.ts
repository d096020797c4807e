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
 * for a path and throws {@link PathRefused}, whose words are for the model, where it does not lead to something there.
 *
 * No symbolic link is followed, whoever made it; files with a second name are neither read nor written; nothing that
 * git would take for `.git` is written. On Linux every step is taken from a folder that is held open, so that nothing
 * exchanged meanwhile leads out. What is left: on other systems steps go by path, and a process of the same user that
 * exchanges a folder for a link at the right moment could divert one (agents have no tool that makes links); and a
 * mount inside the run's folder would be entered.
 */
export interface ConfinedFolder {
  /** The first `maxBytes` (default 1 MiB) of a regular file, and how many there are. */
  read(path: string, options?: { maxBytes?: number }): Promise<{ bytes: Buffer; totalBytes: number }>;
  /** Writes a whole file atomically, with the folders it needs. */
  write(path: string, content: string | Uint8Array): Promise<Written>;
  /** The entries of a folder, at most `limit` (default 1,000). */
  list(path: string, options?: { limit?: number }): Promise<{ entries: Entry[]; truncated: boolean }>;
  /** Regular files below a folder, or the one file named. What may not be read is passed over, and told. */
  walk(path: string, options: WalkOptions): AsyncIterable<FoundFile>;
}

export interface WritePolicy {
  /** Takes a path such as `repo/src/a.ts`, normalised; gives the reason why it may not be written, or null. */
  mayWrite(path: string): string | null;
  /** Takes such a path; tells why the file will not be committed, and whether it may be written all the same. */
  outlook?(path: string): Promise<WriteOutlook | null>;
}

const DEFAULTS = { maxBytes: 1024 * 1024, limit: 1_000 } as const;

/**
 * @param root - the run's folder, absolute; that it is gone shows at the first use, as `workspace_lost`
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
