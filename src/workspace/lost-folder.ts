import { PhasegateError } from '../domain/failures.js';

/** Whether an error says that the folder of a run is gone or damaged. */
export function isLoss(error: unknown): error is PhasegateError {
  return error instanceof PhasegateError && error.code === 'workspace_lost';
}

/** Gives null instead of the error where the folder of a run is lost. */
export function nullIfLost(error: unknown): null {
  if (isLoss(error)) return null;
  throw error;
}

/** What a look at a file finds where the folder of a run is lost. */
export function missingIfLost(error: unknown): { kind: 'missing' } {
  if (isLoss(error)) return { kind: 'missing' };
  throw error;
}
