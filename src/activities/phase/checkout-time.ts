import { log } from '@temporalio/activity';
import { PhasegateError } from '../../domain/failures.js';
import type { PhaseRun } from './phase-run.js';

const TOLD_EVERY_MS = 1_000;
const LOGGED_EVERY_MS = 30_000;

/**
 * Makes the folder of a run ready within the time that a checkout may take. The phase's own time does not matter here.
 * The heartbeats and the log say how long it has taken so far.
 *
 * @param others - signals that end it, beside a cancellation
 * @param work - gets a signal that ends its git
 * @throws PhasegateError `checkout_timed_out`. It is final: another try would take as long.
 */
export async function inCheckoutTime<T>(
  { task, progress, cancelled }: PhaseRun,
  others: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { repository, phase } = task;
  const signals = [cancelled, ...others];
  const limitMs = repository.checkoutMs;
  const late = AbortSignal.timeout(limitMs);
  const began = performance.now();
  let logged = 0;
  const tell = (): void => {
    const tookMs = Math.round(performance.now() - began);
    progress.checkoutTook(tookMs);
    if (tookMs - logged < LOGGED_EVERY_MS) return;
    logged = tookMs;
    log.info('the files of the repository are being checked out', { phase: phase.key, tookMs, limitMs });
  };
  const timer = setInterval(tell, TOLD_EVERY_MS);
  try {
    return await work(AbortSignal.any([...signals, late]));
  } catch (error) {
    if (!late.aborted || signals.some(({ aborted }) => aborted)) throw error;
    const message = `the files of ${repository.path} were not checked out within ${limitMs / 1_000} s`;
    throw new PhasegateError('checkout_timed_out', message, {}, { cause: error });
  } finally {
    clearInterval(timer);
    progress.checkoutTook(null);
  }
}
