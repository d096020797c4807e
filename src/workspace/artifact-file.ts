import type { Stats } from 'node:fs';
import { lstat, mkdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PhasegateError } from '../domain/failures.js';
import { sha256 } from '../domain/text/hash.js';
import { readUpTo } from './confined/confined-read.js';
import { walkConfined } from './confined/confined-listing.js';
import { diskFailure, errnoOf, nullIfMissing } from './disk-failure.js';
import { inFolder, lookAt, realRoot, type HeldFolder } from './confined/held-folder.js';
import { PathRefused } from './confined/path-refused.js';
import { withRegularFileIn } from './confined/regular-file.js';
import { OWN_NAMES } from './run-folder.js';

/** What is found at the place of an artifact. */
export type ArtifactFile =
  | { kind: 'missing' }
  | { kind: 'too_large'; bytes: number }
  /** A folder, a link, a device, a file with a second name. */
  | { kind: 'not_a_file' }
  /** The worker may not read it. */
  | { kind: 'denied' }
  | { kind: 'file'; bytes: Buffer; sha256: string; mtimeMs: number };

/** Most files that are looked at in the search for a misplaced artifact. */
const SEARCH_LIMIT = 20_000;
const READ_AT_ONCE = 8;

/** An artifact that is to be read. */
export interface ExpectedArtifact {
  /** The path from the run's folder, as the plan has it. */
  path: string;
  /** A larger file is not read. */
  maxBytes: number;
}

/**
 * Reads an artifact as it is on disk. It follows no link.
 *
 * @param root - the run's folder
 * @throws PhasegateError `workspace_lost` when the run's folder is gone
 */
export async function readArtifactFile(root: string, path: string, maxBytes: number): Promise<ArtifactFile> {
  const [file] = await readArtifactFiles(root, [{ path, maxBytes }], (found) => found);
  return file ?? { kind: 'missing' };
}

/**
 * Reads artifacts. It goes down to each folder once. When it went down for each artifact, dozens of them made the last
 * phases of a long run a third slower than its first.
 *
 * @param take - what is kept of each artifact: all of their bytes together may be too much
 * @returns what was kept, in their order
 */
export async function readArtifactFiles<T>(
  root: string,
  expected: readonly ExpectedArtifact[],
  take: (file: ArtifactFile) => T,
): Promise<T[]> {
  const real = await realRoot(root);
  const taken = new Map<ExpectedArtifact, T>();
  for (const [folder, files] of byFolder(expected))
    await readAllOf(real, folder, files, (file, found) => taken.set(file, take(found)));
  return expected.map((file) => taken.get(file) as T);
}

function byFolder(expected: readonly ExpectedArtifact[]): Map<string, ExpectedArtifact[]> {
  const folders = new Map<string, ExpectedArtifact[]>();
  for (const file of expected) {
    const folder = namesOf(file.path).slice(0, -1).join('/');
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  return folders;
}

async function readAllOf(
  root: string,
  folder: string,
  files: readonly ExpectedArtifact[],
  found: (file: ExpectedArtifact, what: ArtifactFile) => void,
): Promise<void> {
  try {
    await inFolder(root, namesOf(folder), async (held) => {
      for (let first = 0; first < files.length; first += READ_AT_ONCE) {
        await Promise.all(
          files.slice(first, first + READ_AT_ONCE).map(async (file) => found(file, await readOne(held, file))),
        );
      }
    });
  } catch (error) {
    const kind = refusedAs(error, folder);
    for (const file of files) found(file, kind);
  }
}

async function readOne(folder: HeldFolder, { path, maxBytes }: ExpectedArtifact): Promise<ArtifactFile> {
  try {
    return await withRegularFileIn(
      folder,
      namesOf(path).at(-1),
      async (handle, { size, mtimeMs }): Promise<ArtifactFile> => {
        if (size > maxBytes) return { kind: 'too_large', bytes: size };
        // one byte more than it should have: the file may be growing
        const bytes = await readUpTo(handle, size + 1);
        return bytes.length > maxBytes
          ? { kind: 'too_large', bytes: bytes.length }
          : { kind: 'file', bytes, sha256: sha256(bytes), mtimeMs };
      },
    );
  } catch (error) {
    return refusedAs(error, path);
  }
}

function refusedAs(error: unknown, path: string): ArtifactFile {
  if (error instanceof PathRefused)
    return { kind: error.reason === 'missing' || error.reason === 'denied' ? error.reason : 'not_a_file' };
  throw diskFailure(error, `${path} cannot be read`);
}

/**
 * Looks for an artifact that was written to another place: a file of the same base name, in upper or lower case.
 *
 * @param root - the run's folder
 * @param path - where it was expected
 * @param options - `sinceMs`: only files changed since then (epoch ms), so that it does not find one of the
 *   repository's own
 * @returns the path from the run's folder, the shortest if there are several; null if there is none
 */
export async function findMisplaced(
  root: string,
  path: string,
  { sinceMs = 0 }: { sinceMs?: number } = {},
): Promise<string | null> {
  const real = await realRoot(root);
  const wanted = basename(path).toLowerCase();
  const candidates = [basename(path)];
  for await (const file of walkConfined(real, [], { limit: SEARCH_LIMIT })) {
    if (file.path !== path && basename(file.path).toLowerCase() === wanted) candidates.push(file.path);
  }
  candidates.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  for (const candidate of candidates) {
    // the report beside the agents' folders is ours
    if (candidate === 'report.json') continue;
    const stats = await statsOf(real, candidate).catch(nullIfRefused);
    if (stats?.isFile() && stats.mtimeMs >= sinceMs) return candidate;
  }
  return null;
}

/**
 * Moves away what is at the place of an artifact, so that a file of an earlier attempt can't count for the next one. It
 * is kept in a folder that agents don't see. Nothing is ever overwritten there.
 *
 * @param root - the run's folder
 * @param suffix - names the attempt, such as `design-1`: letters, digits, `.`, `_`, `-`
 * @returns where it is now, from the run's folder; null when there was nothing
 */
export async function setAside(root: string, path: string, suffix: string): Promise<string | null> {
  if (!/^[\w.-]{1,150}$/.test(suffix))
    throw new PhasegateError('internal_error', 'this can not be part of a file name', { suffix: suffix.slice(0, 200) });
  const real = await realRoot(root);
  const names = namesOf(path);
  try {
    await mkdir(join(real, OWN_NAMES.attempts), { recursive: true, mode: 0o700 });
    // the folders on the way may not be links; the file itself may be one, and then the link is moved
    return await inFolder(real, names.slice(0, -1), (folder) =>
      moveToFreeName(join(folder.place, names.at(-1) ?? ''), real, suffix),
    );
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || error instanceof PathRefused) return null;
    throw diskFailure(error, `${path} cannot be set aside`);
  }
}

async function moveToFreeName(from: string, root: string, suffix: string): Promise<string> {
  for (let n = 1; ; n++) {
    const relative = `${OWN_NAMES.attempts}/${suffix}${n === 1 ? '' : `.${n}`}.json`;
    if ((await lstat(join(root, relative)).catch(nullIfMissing)) !== null) continue;
    await rename(from, join(root, relative));
    return relative;
  }
}

async function statsOf(root: string, path: string): Promise<Stats | null> {
  const names = namesOf(path);
  return inFolder(root, names.slice(0, -1), (folder) => lookAt(folder, names.at(-1) ?? ''));
}

function nullIfRefused(error: unknown): null {
  if (error instanceof PathRefused) return null;
  throw error;
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}
