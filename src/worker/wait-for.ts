import { setTimeout as sleep } from 'node:timers/promises';
import { Runtime } from '@temporalio/worker';
import { PhasegateError, type FailureCode } from '../domain/failures.js';

/** Failures that pass when somebody starts the server that is missing. */
const WORTH_WAITING: ReadonlySet<FailureCode> = new Set<FailureCode>(['temporal_unavailable', 'mirror_unavailable']);
const LONGEST_PAUSE_MS = 10_000;

/**
 * Tries until it works, as long as the failure is one that passes, and logs each try. So a worker that starts before
 * its server waits, and does not crash again and again.
 *
 * @param name - the name of the server that it waits for
 * @param attempt - rejects with PhasegateError while the server is not there
 */
export async function waitFor<T>(name: string, attempt: () => Promise<T>): Promise<T> {
  for (let pause = 500; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof PhasegateError) || !WORTH_WAITING.has(error.code)) throw error;
      Runtime.instance().logger.warn(`waiting for ${name}: ${error.message}`, { nextTryMs: pause });
      await sleep(pause);
    }
  }
}
