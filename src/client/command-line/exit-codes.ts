import { PhasegateError, type FailureCode } from '../../domain/failures.js';

/** What the client's exit codes mean, for scripts. */
export const EXIT = {
  ok: 0,
  /** The run failed, the decision was refused, a check of `doctor` failed. */
  failed: 1,
  /** The command was called in a wrong way. */
  usage: 2,
  /** There is no such run, template, persona or backend. */
  notFound: 3,
  /**
   * Temporal, a worker or PostgreSQL does not answer, or the run has not begun or is paused in Temporal. Try again
   * later.
   */
  unreachable: 4,
  /** `wait` gave up. */
  timedOut: 5,
} as const;

const BY_CODE: Partial<Record<FailureCode, number>> = {
  usage_invalid: EXIT.usage,
  config_invalid: EXIT.usage,
  run_not_found: EXIT.notFound,
  artifact_not_there: EXIT.notFound,
  template_not_found: EXIT.notFound,
  persona_not_found: EXIT.notFound,
  backend_not_found: EXIT.notFound,
  temporal_unavailable: EXIT.unreachable,
  worker_unavailable: EXIT.unreachable,
  wait_timed_out: EXIT.timedOut,
  run_not_begun: EXIT.unreachable,
  run_held: EXIT.unreachable,
  mirror_unavailable: EXIT.unreachable,
  database_refused: EXIT.unreachable,
};

/** The exit code for an error of a command. */
export function exitCodeOf(error: unknown): number {
  return error instanceof PhasegateError ? (BY_CODE[error.code] ?? EXIT.failed) : EXIT.failed;
}
