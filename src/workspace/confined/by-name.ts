import { setImmediate as others } from 'node:timers/promises';

/** This many are sorted in a few milliseconds. */
const AT_ONCE = 4_096;

/** Sorts by name. While it sorts many, the process can do everything else that it has to do. */
export async function byName<T extends { name: string }>(entries: readonly T[]): Promise<T[]> {
  let runs: T[][] = [];
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    runs.push(entries.slice(at, at + AT_ONCE).sort(compare));
    if (entries.length > AT_ONCE) await others();
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let n = 0; n < runs.length; n += 2) {
      merged.push(merge(runs[n] ?? [], runs[n + 1] ?? []));
      await others();
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

function merge<T extends { name: string }>(first: readonly T[], second: readonly T[]): T[] {
  const all: T[] = [];
  let at = 0;
  for (const entry of first) {
    for (let next = second[at]; next && compare(next, entry) < 0; next = second[++at]) all.push(next);
    all.push(entry);
  }
  return all.concat(second.slice(at));
}

function compare(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
