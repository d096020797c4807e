import { cut } from '../../domain/failures.js';
import type { PhaseStatus } from '../../domain/run-status.js';
import { runFailure, type RunFailure } from '../run-failure.js';
import type { RunParts } from '../run-parts.js';

/**
 * Notes that a phase did not get through. When the run is to stop, the phase is cancelled, whatever it ended with. What
 * it paid still counts.
 *
 * @param error - the error that was caught around its attempts and its gates
 * @returns what the failure means for the run
 */
export function failPhase(
  { live, log, stop }: RunParts,
  status: PhaseStatus,
  error: unknown,
): RunFailure | 'cancelled' {
  const why = runFailure(error);
  live.move(status, 'failed');
  live.dropGates();
  if (why !== 'cancelled') {
    status.attempts = Math.max(status.attempts, why.details.attempts);
    if (why.details.usage) live.addUsage(status, why.details.usage);
    if (why.details.kept !== undefined) live.noteKept(status, why.details.kept);
  }
  const { attempts } = status;
  if (why === 'cancelled' || stop.requested) {
    const failed = why === 'cancelled' ? '' : `; its attempt had failed: ${cut(why.message, 500)}`;
    log.emit(
      'phase_failed',
      { code: 'cancelled', message: `the run was cancelled or aborted${failed}`, attempts },
      status.key,
    );
    return 'cancelled';
  }
  const { code, message, details } = why;
  log.emit('phase_failed', { code, message, attempts, errors: details.errors }, status.key);
  return why;
}
