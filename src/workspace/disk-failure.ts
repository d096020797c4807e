import { PhasegateError } from '../domain/failures.js';

/** The `code` of a system error such as `ENOENT`; undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/**
 * `workspace_failed` (`disk_full` for a full disk) with the system's own words, for errors that neither the agent nor
 * another try at the path can mend.
 */
export function diskFailure(error: unknown, what: string): PhasegateError {
  if (error instanceof PhasegateError) return error;
  const words = error instanceof Error ? error.message : String(error);
  const code = /^(?:ENOSPC|EDQUOT)$/.test(errnoOf(error) ?? '') ? 'disk_full' : 'workspace_failed';
  return new PhasegateError(code, `${what}: ${words}`, { errno: errnoOf(error) ?? null }, { cause: error });
}

/** Gives null instead of the error where something is not there. */
export function nullIfMissing(error: unknown): null {
  const code = errnoOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return null;
  throw error;
}
