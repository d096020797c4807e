import { setTimeout as sleep } from 'node:timers/promises';
import { PhasegateError, type FailureCode } from '../../domain/failures.js';

const PAUSES_MS = [200, 500, 1_000, 2_000];
/** Failures that pass, by themselves or when a person has acted. Any other failure would come again. */
const PASSING: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'mirror_unavailable',
  'database_refused',
  'mirror_not_migrated',
]);

/**
 * Keeps what is paid, and waits while PostgreSQL can't be used.
 *
 * @param write - may be repeated
 * @param signal - ends the waiting; a write that is under way is not stopped
 * @param waiting - is told once why it waits
 * @throws the errors of the write that waiting does not help against
 */
export async function keepPatiently<T>(
  write: () => Promise<T>,
  signal: AbortSignal,
  waiting: (reason: string) => void,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof PhasegateError && PASSING.has(error.code)) || signal.aborted) throw error;
      if (tries === 0) waiting(error.message);
      await sleep(PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)], undefined, { signal });
    }
  }
}
