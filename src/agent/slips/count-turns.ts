import type { Turn } from './turn.js';

/** So many replies without use, one after another, end the attempt. */
export const MOST_SLIPS = 5;
/** An artifact that is not valid so often is judged as it is. */
const MOST_INVALID_ARTIFACTS = 5;
/** An artifact that does not fit into a reply is paid for so often. */
const MOST_CUT_ARTIFACTS = 2;
/** The same refused call is answered so often. The model is told then, and the next one ends the attempt. */
export const MOST_SAME_CALLS = 3;

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
  if (turns.filter(({ slip }) => slip === 'invalid_artifact').length >= MOST_INVALID_ARTIFACTS)
    return 'invalid_artifacts';
  return slipsInARow(turns) >= MOST_SLIPS ? 'slips' : null;
}

/** How many slips there were since something worked. A refused call is no slip, but it does not end the row. */
export function slipsInARow(turns: readonly Turn[]): number {
  const last = turns.findLastIndex(({ slip, worked }) => slip === null && worked.length > 0);
  return turns.slice(last + 1).filter(({ slip }) => slip !== null).length;
}

/**
 * How often each refused call came in a row, by its digest. What worked before and works again does not end a row:
 * only a call that works for the first time shows that the agent gets on.
 */
export function sameCalls(turns: readonly Turn[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const known = new Set<string>();
  for (const { refused, worked } of turns) {
    if (worked.some((call) => !known.has(call))) counts.clear();
    for (const call of worked) known.add(call);
    for (const call of refused) counts.set(call, (counts.get(call) ?? 0) + 1);
  }
  return counts;
}
