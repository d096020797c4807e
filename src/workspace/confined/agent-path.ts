import { cut } from '../../domain/failures.js';
import { PathRefused } from './path-refused.js';
import { AGENT_FOLDERS } from '../run-folder.js';

const MAX_PATH_BYTES = 4096;
const MAX_NAME_BYTES = 255;
/**
 * Most names in a path. Every step into a folder begins at the run's folder, so the time for a walk through a very deep
 * tree grows with the square of its depth.
 */
export const MAX_DEPTH = 100;

/**
 * Reads a path as agents write it, relative to the run's folder: `repo/…` or `artifacts/…`. An absolute path in the
 * run's folder is taken for the relative one. It does not look at the disk.
 *
 * @param path - any text
 * @param roots - absolute paths of the run's folder
 * @returns the names from the run's folder down; none for the folder itself
 * @throws PathRefused
 */
export function parseAgentPath(path: string, roots: readonly string[]): string[] {
  const shown = JSON.stringify(cut(path, 200));
  if (path.trim() === '') throw new PathRefused('the path is empty');
  if (Buffer.byteLength(path) > MAX_PATH_BYTES)
    throw new PathRefused(`the path is longer than ${MAX_PATH_BYTES} bytes`);
  // a lone surrogate would become another character on disk
  if (/[\p{Cc}\p{Surrogate}]/u.test(path))
    throw new PathRefused(`${shown}: control characters are not allowed in a path`);
  if (path.includes('\\')) throw new PathRefused(`${shown}: use / and not \\ between folders`);
  if (path.startsWith('~')) throw new PathRefused(`${shown}: ~ is not expanded; ${rule}`, 'outside');
  const names = relativeTo(path, roots, shown)
    .split('/')
    .filter((name) => name !== '' && name !== '.');
  if (names.includes('..')) throw new PathRefused(`${shown}: .. is not allowed; ${rule}`, 'outside');
  if (names.some((name) => Buffer.byteLength(name) > MAX_NAME_BYTES)) {
    throw new PathRefused(`${shown}: a name in the path is longer than ${MAX_NAME_BYTES} bytes`);
  }
  if (names.length > MAX_DEPTH) throw new PathRefused(`${shown}: the path is more than ${MAX_DEPTH} names deep`);
  const [top] = names;
  if (top !== undefined && !AGENT_FOLDERS.includes(top))
    throw new PathRefused(`${shown} is outside your folders; ${rule}`, 'outside');
  return names;
}

const rule = 'paths begin with repo/ or artifacts/';

function relativeTo(path: string, roots: readonly string[], shown: string): string {
  if (!path.startsWith('/')) return path;
  const root = roots.find((candidate) => path === candidate || path.startsWith(`${candidate}/`));
  if (root !== undefined) return path.slice(root.length);
  if (/^\/+$/.test(path)) return '.';
  throw new PathRefused(`${shown} is outside your folders; ${rule}, with no / before it`, 'outside');
}

/**
 * Whether a name is `.git`, or git or some file system takes it for that: upper case, trailing dots and blanks, NTFS
 * short names and streams, characters that HFS+ ignores.
 */
export function isDotGit(name: string): boolean {
  const plain = name.replace(/\p{Default_Ignorable_Code_Point}/gu, '').toLowerCase();
  return /^(?:\.git|git~\d+)[ .]*(?::.*)?$/u.test(plain);
}
