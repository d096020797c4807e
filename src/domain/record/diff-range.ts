import { PhasegateError } from '../failures.js';
import type { EventFacts } from './report-facts.js';

/** Two commits of a run's branch, and what lies between them in words. */
export interface DiffRange {
  from: string;
  to: string;
  about: string;
}

interface Commits {
  base: string;
  /** The commits of the run that count, oldest first. */
  shas: readonly string[];
}

/**
 * What a reviewer wants to see of a run's changes: those since people last asked for changes, or all where nobody did.
 *
 * @param events - of the run, in order
 * @param since - `begin`, or the number of a request for changes, the first being 1; by default the last
 * @throws PhasegateError `usage_invalid` where there is no such request
 */
export function diffRange({ base, shas }: Commits, events: readonly EventFacts[], since?: string): DiffRange {
  const to = shas.at(-1) ?? base;
  const requests = events.filter(
    ({ type, payload }) => type === 'approval_resolved' && payload.action === 'requestChanges',
  );
  if (since === 'begin' || (since === undefined && requests.length === 0))
    return { from: base, to, about: 'all that the run changed' };
  const number = since === undefined ? requests.length : Number(since);
  const request = requests[number - 1];
  if (!request) {
    const there =
      requests.length === 0 ? 'nobody has asked for changes' : `there are the requests 1 to ${requests.length}`;
    throw new PhasegateError(
      'usage_invalid',
      `--since must be begin, or the number of a request for changes, found ${since}: ${there}`,
    );
  }
  const before = events.filter(({ type, seq }) => type === 'changes_committed' && seq < request.seq);
  const from = before.map(({ payload }) => payload.sha).findLast((sha) => shas.some((one) => one === sha));
  const { by, comment } = request.payload;
  const who = typeof by === 'string' ? ` by ${by}` : '';
  const what = typeof comment === 'string' ? `: ${comment}` : '';
  return {
    from: typeof from === 'string' ? from : base,
    to,
    about: `changes since request ${number} of ${requests.length}${who}${what}; --since begin shows all`,
  };
}
