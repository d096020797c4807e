import type { Turn } from './turn.js';

/** So many replies without use, one after another, end the attempt. */
export const MOST_SLIPS = 5;
/** An artifact that is not valid so often, without anything new between, is judged as it is. */
const MOST_INVALID_ARTIFACTS = 5;
/** So is one that is not valid so often in all: each has been paid for. */
const MOST_INVALID_IN_ALL = 20;
/** An artifact that does not fit into a reply is paid for so often. */
const MOST_CUT_ARTIFACTS = 2;
/** The same refused call is answered so often. The model is told then, and the next one ends the attempt. */
export const MOST_SAME_CALLS = 3;
/**
 * A call that works, or fails by something else, may be made again: what it asks may change. The model is told after so
 * many repeats, and after so many more; only the limits of the attempt end it.
 */
export const TOLD_REPEATS = 10;

/** Why an attempt ends: see the limits above. */
export type TurnsEnd = 'slips' | 'invalid_artifacts' | 'cut_artifacts' | 'same_call';

/**
 * Whether an attempt ends with its last turn; null when it goes on.
 *
 * @param turns - all turns of the attempt
 */
export function endOfTurns(turns: readonly Turn[]): TurnsEnd | null {
  if (turns.filter(({ cutArtifact }) => cutArtifact).length >= MOST_CUT_ARTIFACTS) return 'cut_artifacts';
  if (Math.max(0, ...sameCalls(turns).values()) > MOST_SAME_CALLS) return 'same_call';
  if (invalidArtifacts(sinceNews(turns)) >= MOST_INVALID_ARTIFACTS || invalidArtifacts(turns) >= MOST_INVALID_IN_ALL)
    return 'invalid_artifacts';
  return slipsInARow(turns) >= MOST_SLIPS ? 'slips' : null;
}

/** How many slips there were since something worked. A refused call is no slip, but it does not end the row. */
export function slipsInARow(turns: readonly Turn[]): number {
  const last = turns.findLastIndex(({ slip, worked }) => slip === null && worked.length > 0);
  return turns.slice(last + 1).filter(({ slip }) => slip !== null).length;
}

/** How often each refused call came in a row, by its digest. */
export function sameCalls(turns: readonly Turn[]): ReadonlyMap<string, number> {
  return countOf(sinceNews(turns).flatMap(({ refused }) => refused));
}

/** How often each call that worked, or failed by something else, came in a row, by its digest. */
export function repeatedCalls(turns: readonly Turn[]): ReadonlyMap<string, number> {
  return countOf(sinceNews(turns).flatMap(({ failed, worked }) => [...failed, ...worked]));
}

/**
 * The turns in a row that brought nothing new. What worked before and works again does not end a row: only a call that
 * works for the first time shows that the agent gets on.
 */
function sinceNews(turns: readonly Turn[]): readonly Turn[] {
  const known = new Set<string>();
  let from = 0;
  for (const [n, { worked }] of turns.entries()) {
    if (worked.some((call) => !known.has(call))) from = n;
    for (const call of worked) known.add(call);
  }
  return turns.slice(from);
}

function invalidArtifacts(turns: readonly Turn[]): number {
  return turns.filter(({ slip }) => slip === 'invalid_artifact').length;
}

function countOf(digests: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const digest of digests) counts.set(digest, (counts.get(digest) ?? 0) + 1);
  return counts;
}
