import type { ChangeStatus } from '../../domain/change/changes.js';
import { splitNul } from '../worktree/index-lines.js';

/** A file in git's list of changes. Its name is bytes, because not every name is text. */
export interface RawChange {
  status: ChangeStatus;
  path: Buffer;
  /** The name before, where git found that it was renamed. */
  from: Buffer | null;
}

export interface LineCounts {
  added: number | null;
  removed: number | null;
}

const STATUS: Partial<Record<string, ChangeStatus>> = {
  A: 'added',
  M: 'modified',
  D: 'deleted',
  R: 'renamed',
  T: 'type_changed',
};

/**
 * The files of `--raw -z`. What follows them is left alone, and so is an entry that is not complete.
 *
 * @param output - of git
 */
export function rawChanges(output: Buffer): RawChange[] {
  const parts = splitNul(output);
  const changes: RawChange[] = [];
  for (let n = 0; n < parts.length;) {
    const letter = letterAt(parts, n);
    if (letter === undefined) break;
    const names = letter === 'R' || letter === 'C' ? 2 : 1;
    const [first, second] = [parts[n + 1], parts[n + names]];
    if (!first || !second) break;
    const status = STATUS[letter];
    if (status) changes.push({ status, path: second, from: names === 2 ? first : null });
    n += 1 + names;
  }
  return changes;
}

/**
 * The counts of `--numstat -z`, which may stand after `--raw -z`, by the bytes of the new name as `latin1`.
 *
 * @param output - of git
 */
export function lineCounts(output: Buffer): Map<string, LineCounts> {
  const parts = splitNul(output);
  const counts = new Map<string, LineCounts>();
  for (let n = afterRaw(parts); n < parts.length; n++) {
    const found = /^(\d+|-)\t(\d+|-)\t([^]*)$/.exec(textAt(parts, n));
    if (!found) break;
    const [, added = '-', removed = '-', name = ''] = found;
    // a renamed file has its two names in the next two parts
    if (name === '') n += 2;
    counts.set(name === '' ? textAt(parts, n) : name, { added: countOf(added), removed: countOf(removed) });
  }
  return counts;
}

function afterRaw(parts: readonly Buffer[]): number {
  let n = 0;
  for (let letter = letterAt(parts, n); letter !== undefined; letter = letterAt(parts, n))
    n += letter === 'R' || letter === 'C' ? 3 : 2;
  return n;
}

function letterAt(parts: readonly Buffer[], n: number): string | undefined {
  return /^:\d+ \d+ \w+ \w+ ([A-Z])/.exec(textAt(parts, n))?.[1];
}

function textAt(parts: readonly Buffer[], n: number): string {
  return parts[n]?.toString('latin1') ?? '';
}

function countOf(text: string): number | null {
  return text === '-' ? null : Number(text);
}
