import { FAILURES, PhasegateError } from '../../domain/failures.js';

/** What one check found. */
export interface CheckResult {
  level: 'ok' | 'warn' | 'FAIL';
  /** What was looked at and how it is. */
  text: string;
  /** What to do; null where nothing is to be done. */
  todo: string | null;
}

export const ok = (text: string): CheckResult => ({ level: 'ok', text, todo: null });
export const warn = (text: string, todo: string): CheckResult => ({ level: 'warn', text, todo });
export const fail = (text: string, todo: string): CheckResult => ({ level: 'FAIL', text, todo });

const LIMIT_MS = 5_000;

/**
 * Makes a check that always answers within 5 s, whatever it meets: one that fails never stops the others.
 *
 * @param what - for people, where the check itself fails
 * @param todo - what to do where it gives no answer, or fails without a code of ours
 */
export async function bounded(what: string, todo: string, look: () => Promise<CheckResult[]>): Promise<CheckResult[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CheckResult[]>((resolve) => {
    timer = setTimeout(() => resolve([fail(`${what}: no answer within ${LIMIT_MS / 1_000} s`, todo)]), LIMIT_MS);
  });
  try {
    return await Promise.race([
      look().catch((error: unknown) => [fail(`${what}: ${firstLine(error)}`, todoOf(error) ?? todo)]),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a known failure needs is known better than what the check needs. */
function todoOf(error: unknown): string | undefined {
  return error instanceof PhasegateError ? FAILURES[error.code].todo : undefined;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 600) ?? '';
}
