/** The rank of an attempt among all that may work in the folder of its run. It uses only Temporal's figures. */
export interface AttemptRank {
  /** The execution of the workflow that scheduled the phase. After a reset it is another one. */
  execution: string;
  /** How many phases that execution had scheduled by then, this one included. */
  scheduling: number;
  /** Temporal's number of the attempt. It begins anew when somebody resets the activity. */
  attempt: number;
  /** When the attempt was scheduled, by the server's clock, in milliseconds since 1970. */
  scheduledAt: number;
}

/**
 * Whether an attempt is certainly the older one of two. It must be of an earlier scheduling, or have a lower number in
 * the same one, and it must not be scheduled later. Number and time disagree after `temporal activity reset` (the
 * number begins anew) and after the server's clock was set back. Then neither is older: the one that comes later works,
 * and a run never waits for a clock.
 */
export function isOlder(one: AttemptRank, other: AttemptRank): boolean {
  if (one.execution !== other.execution) return one.scheduledAt < other.scheduledAt;
  const isSame = one.scheduling === other.scheduling;
  const isBefore = isSame ? one.attempt < other.attempt : one.scheduling < other.scheduling;
  return isBefore && one.scheduledAt <= other.scheduledAt;
}

/** A rank as part of a file name. */
export function rankText({ execution, scheduling, attempt, scheduledAt }: AttemptRank): string {
  return [scheduledAt, scheduling, attempt, execution].join('.');
}

const RANK = /^(\d{1,16})\.(\d{1,9})\.(\d{1,9})\.([\w-]+)(?:\.|$)/;

/** Reads a text of {@link rankText}. More text may follow after another dot. It gives null for any other text. */
export function parseRank(text: string): AttemptRank | null {
  const [, scheduledAt, scheduling, attempt, execution = ''] = RANK.exec(text) ?? [];
  if (execution === '') return null;
  return { execution, scheduling: Number(scheduling), attempt: Number(attempt), scheduledAt: Number(scheduledAt) };
}
