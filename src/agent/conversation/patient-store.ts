import { setTimeout as sleep } from 'node:timers/promises';
import type { ConversationStore } from '../../domain/record/conversation.js';
import { PhasegateError, type FailureCode } from '../../domain/failures.js';

const PAUSES_MS = [200, 500, 1_000, 2_000];
/** Failures that pass, by themselves or when a person has acted; whatever else fails would fail again. */
const PASSING: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'mirror_unavailable',
  'database_refused',
  'mirror_not_migrated',
]);

/**
 * A store that waits while PostgreSQL can't be used: a reply that is paid and can't be kept would be paid again. Only
 * writes wait. A conversation that can't be read has cost nothing yet.
 *
 * @param store - fails with a code while the database can't be used
 * @param signal - ends the waiting
 * @param waiting - told when it begins to wait, with the reason; what it gives back is called when the waiting has
 *   ended
 */
export function patientStore(
  store: ConversationStore,
  signal: AbortSignal,
  waiting: (reason: string) => () => void,
): ConversationStore {
  return {
    read: () => store.read(),
    append: (write) => whenBack(() => store.append(write), signal, waiting),
  };
}

async function whenBack<T>(
  write: () => Promise<T>,
  signal: AbortSignal,
  waiting: (reason: string) => () => void,
): Promise<T> {
  let done: (() => void) | undefined;
  try {
    for (let tries = 0; ; tries++) {
      try {
        return await write();
      } catch (error) {
        if (!(error instanceof PhasegateError && PASSING.has(error.code)) || signal.aborted) throw error;
        done ??= waiting(error.message);
        await sleep(PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)], undefined, { signal });
      }
    }
  } finally {
    done?.();
  }
}
