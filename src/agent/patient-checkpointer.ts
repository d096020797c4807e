import { setTimeout as sleep } from 'node:timers/promises';
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import { PhasegateError, type FailureCode } from '../domain/failures.js';
import type { WritesTogether } from './checkpoint-write.js';

const PAUSES_MS = [200, 500, 1_000, 2_000];
/** Failures that pass, by themselves or when a person has acted; whatever else fails would fail again. */
const PASSING: ReadonlySet<FailureCode> = new Set<FailureCode>(['mirror_unavailable', 'database_refused', 'mirror_not_migrated']);

/**
 * A checkpointer that waits while PostgreSQL can't be used: a reply that is paid and can't be kept would be paid again. Only
 * what writes waits; a thread that can't be read has cost nothing yet.
 *
 * @param checkpointer - fails with a code while the database can't be used
 * @param signal - ends the waiting
 * @param waiting - told when it begins to wait, with the reason; what it gives back is called when the waiting has ended
 */
export function patientCheckpointer<C extends BaseCheckpointSaver & WritesTogether>(
  checkpointer: C,
  signal: AbortSignal,
  waiting: (reason: string) => () => void,
): C {
  const patient = Object.create(checkpointer) as C;
  patient.writeAll = (writes) => whenBack(() => checkpointer.writeAll(writes), signal, waiting);
  return patient;
}

async function whenBack<T>(write: () => Promise<T>, signal: AbortSignal, waiting: (reason: string) => () => void): Promise<T> {
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
