import type { Dirent, Stats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDotGit, MAX_DEPTH } from './agent-path.js';
import { byName } from './by-name.js';
import { nullIfMissing } from '../disk-failure.js';
import { asRefusal, holdFolder, inFolder, lookAt, relativeTo, type HeldFolder } from './held-folder.js';
import { PathRefused } from './path-refused.js';
import { AGENT_FOLDERS } from '../run-folder.js';

export interface Entry {
  name: string;
  kind: 'file' | 'directory' | 'symlink' | 'other';
  /** The size in bytes, for regular files. */
  size?: number;
}

export interface FoundFile {
  /** The path from the run's folder, with `/`. */
  path: string;
  size: number;
}

export interface WalkOptions {
  limit: number;
  /** When it fires, its reason is thrown. */
  signal?: AbortSignal;
  /** It is told of every entry that may not be read. The walk leaves those out. */
  denied?: (refusal: PathRefused) => void;
}

/** Most entries of one folder that a walk looks at, and of all folders together. */
const WALK_LIMITS = { folder: 100_000, total: 500_000 } as const;

/**
 * The entries of a folder, in the order of their names. When a folder has more than `limit`, some of them are given.
 *
 * @param root - real path of the run's folder, which itself shows only what agents may see
 * @throws PathRefused
 */
export async function listConfined(
  root: string,
  names: readonly string[],
  limit: number,
): Promise<{ entries: Entry[]; truncated: boolean }> {
  return inFolder(root, names, async (folder) => {
    const found = await readEntries(folder, limit + 1);
    const entries: Entry[] = [];
    for (const entry of found.slice(0, limit)) {
      const [name, kind] = [entry.name, kindOf(entry)];
      const stats = kind === 'file' ? await statIn(folder, name).catch(nullIfRefused) : null;
      entries.push(stats === null ? { name, kind } : { name, kind, size: stats.size });
    }
    return { entries, truncated: found.length > limit };
  });
}

/**
 * All regular files below a folder, by name. The files of a folder come before those of its folders. It follows no
 * link. It leaves out what belongs to git, files with a second name, what is more than 100 names deep and what may not
 * be read. It ends at `limit` files, or when it has looked at 500,000 entries.
 *
 * @param names - from the run's folder to a folder, or to one file, which is then the only one given
 * @throws PathRefused when the start is not there or may not be read; files that vanish during the walk are left out
 */
export async function* walkConfined(
  root: string,
  names: readonly string[],
  { limit, signal, denied }: WalkOptions,
): AsyncGenerator<FoundFile, void, undefined> {
  const file = await plainFileAt(root, names);
  if (file) return yield file;
  const passOver = (error: unknown): null => {
    if (!(error instanceof PathRefused)) throw error;
    if (error.reason === 'denied') denied?.(error);
    return null;
  };
  const pending: { above: readonly string[]; name?: string }[] = [{ above: names }];
  let [left, budget] = [limit, WALK_LIMITS.total as number];
  for (let next = pending.pop(); next !== undefined && left > 0 && budget > 0; next = pending.pop()) {
    signal?.throwIfAborted();
    const { above, name } = next;
    const [at, refused] = name === undefined ? [above, rethrow] : [[...above, name], passOver];
    const folder = await holdFolder(root, at).catch(refused);
    if (folder === null) continue;
    try {
      const most = Math.min(WALK_LIMITS.folder, budget);
      const entries = (await readEntries(folder, most, (name) => !isDotGit(name)).catch(refused)) ?? [];
      budget -= entries.length;
      const folders = at.length + 1 < MAX_DEPTH ? entries.filter((entry) => entry.isDirectory()) : [];
      for (const { name } of folders.reverse()) pending.push({ above: at, name });
      for (const { name } of entries.filter((entry) => entry.isFile())) {
        signal?.throwIfAborted();
        const stats = await statIn(folder, name).catch(passOver);
        if (stats === null || !isPlain(stats)) continue;
        yield { path: [...at, name].join('/'), size: stats.size };
        if ((left -= 1) <= 0) return;
      }
    } finally {
      await folder.close();
    }
  }
}

function rethrow(error: unknown): never {
  throw error;
}

async function statIn(folder: HeldFolder, name: string): Promise<Stats | null> {
  return lstat(join(folder.place, name))
    .catch(nullIfMissing)
    .catch((error) => Promise.reject(asRefusal(error, relativeTo(folder, name))));
}

async function plainFileAt(root: string, names: readonly string[]): Promise<FoundFile | null> {
  const name = names.at(-1);
  if (name === undefined) return null;
  const stats = await inFolder(root, names.slice(0, -1), (folder) => lookAt(folder, name));
  return stats !== null && isPlain(stats) ? { path: names.join('/'), size: stats.size } : null;
}

async function readEntries(folder: HeldFolder, limit: number, isWanted = (_name: string) => true): Promise<Dirent[]> {
  const entries: Dirent[] = [];
  try {
    for await (const entry of await opendir(folder.place, { bufferSize: 256 })) {
      if (entries.length >= limit) break;
      const isThere = folder.relative !== '' || AGENT_FOLDERS.includes(entry.name);
      if (isThere && isWanted(entry.name)) entries.push(entry);
    }
  } catch (error) {
    throw asRefusal(error, folder.relative || '.');
  }
  return byName(entries);
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
