import type { Dirent, Stats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDotGit, MAX_DEPTH } from './agent-path.js';
import { nullIfMissing } from './disk-failure.js';
import { asRefusal, holdFolder, inFolder, lookAt, type HeldFolder } from './held-folder.js';
import { PathRefused } from './path-refused.js';
import { AGENT_FOLDERS } from './run-folder.js';

export interface Entry {
  name: string;
  kind: 'file' | 'directory' | 'symlink' | 'other';
  /** Bytes, of regular files. */
  size?: number;
}

export interface FoundFile {
  /** From the run's folder, with `/`. */
  path: string;
  size: number;
}

export interface WalkOptions {
  limit: number;
  /** Its reason is thrown once it fires. */
  signal?: AbortSignal;
}

/** Most entries of one folder that a walk looks at, and of all folders together. */
const WALK_LIMITS = { folder: 100_000, total: 500_000 } as const;

/**
 * The entries of a folder, in the order of their names. Of a larger folder some `limit` entries are given.
 *
 * @param root - real path of the run's folder, which itself shows only what agents may see
 * @throws PathRefused
 */
export async function listConfined(root: string, names: readonly string[], limit: number): Promise<{ entries: Entry[]; truncated: boolean }> {
  return inFolder(root, names, async (folder) => {
    const found = await readEntries(folder, limit + 1);
    const entries: Entry[] = [];
    for (const entry of found.slice(0, limit)) {
      const [name, kind] = [entry.name, kindOf(entry)];
      const stats = kind === 'file' ? await lstat(join(folder.place, name)).catch(nullIfMissing) : null;
      entries.push(stats === null ? { name, kind } : { name, kind, size: stats.size });
    }
    return { entries, truncated: found.length > limit };
  });
}

/**
 * All regular files below a folder, by name, the files of a folder before those of its folders. Follows no link, skips what
 * belongs to git, files with a second name and what lies more than 100 names deep, and ends at `limit` files or 500,000 entries looked at.
 *
 * @param names - from the run's folder to a folder, or to the one file that is then given
 * @throws PathRefused when the start is not there; what vanishes during the walk is left out
 */
export async function* walkConfined(root: string, names: readonly string[], { limit, signal }: WalkOptions): AsyncGenerator<FoundFile, void, undefined> {
  const file = await plainFileAt(root, names);
  if (file) return yield file;
  const pending = [names];
  let [left, budget] = [limit, WALK_LIMITS.total as number];
  for (let at = pending.pop(); at !== undefined && left > 0 && budget > 0; at = pending.pop()) {
    signal?.throwIfAborted();
    const folder = await holdFolder(root, at).catch(at === names ? (error: unknown) => Promise.reject(error as Error) : nullIfRefused);
    if (folder === null) continue;
    try {
      const entries = (await readEntries(folder, Math.min(WALK_LIMITS.folder, budget))).filter(({ name }) => !isDotGit(name));
      budget -= entries.length;
      const folders = at.length + 1 < MAX_DEPTH ? entries.filter((entry) => entry.isDirectory()) : [];
      for (const { name } of folders.reverse()) pending.push([...at, name]);
      for (const { name } of entries.filter((entry) => entry.isFile())) {
        signal?.throwIfAborted();
        const stats = await lstat(join(folder.place, name)).catch(nullIfMissing);
        if (stats === null || !isPlain(stats)) continue;
        yield { path: [...at, name].join('/'), size: stats.size };
        if ((left -= 1) <= 0) return;
      }
    } finally {
      await folder.close();
    }
  }
}

async function plainFileAt(root: string, names: readonly string[]): Promise<FoundFile | null> {
  const name = names.at(-1);
  if (name === undefined) return null;
  const stats = await inFolder(root, names.slice(0, -1), (folder) => lookAt(folder, name));
  return stats !== null && isPlain(stats) ? { path: names.join('/'), size: stats.size } : null;
}

async function readEntries(folder: HeldFolder, limit: number): Promise<Dirent[]> {
  const entries: Dirent[] = [];
  try {
    for await (const entry of await opendir(folder.place, { bufferSize: 256 })) {
      if (entries.length >= limit) break;
      if (folder.relative !== '' || AGENT_FOLDERS.includes(entry.name)) entries.push(entry);
    }
  } catch (error) {
    throw asRefusal(error, folder.relative || '.');
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function nullIfRefused(error: unknown): null {
  if (error instanceof PathRefused) return null;
  throw error;
}

function isPlain(stats: Stats): boolean {
  return stats.isFile() && stats.nlink === 1;
}

function kindOf(entry: Dirent): Entry['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'symlink' : 'other';
}
