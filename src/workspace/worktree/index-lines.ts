import { gitIn } from '../git/git-in.js';
import type { Worktree } from './worktree.js';

/** One entry for {@link updateIndex}. The names of files are bytes, because not every name is text. */
export function indexLine(mode: string, id: string, path: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${mode} ${id}\t`), path]);
}

/** Puts entries into the index of a worktree, whatever files are on the disk. */
export async function updateIndex(worktree: Worktree, lines: readonly Buffer[], signal?: AbortSignal): Promise<void> {
  await gitIn(worktree, ['update-index', '-z', '--index-info'], { signal, input: joinNul(lines) });
}

export function joinNul(parts: readonly Buffer[]): Buffer {
  const all = Buffer.alloc(parts.reduce((bytes, part) => bytes + part.length + 1, 0));
  let at = 0;
  for (const part of parts) at += part.copy(all, at) + 1;
  return all;
}

/** The parts of a text. Each part ends with a NUL. */
export function splitNul(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let from = 0, to = bytes.indexOf(0); to >= 0; from = to + 1, to = bytes.indexOf(0, from)) {
    parts.push(bytes.subarray(from, to));
  }
  return parts;
}
