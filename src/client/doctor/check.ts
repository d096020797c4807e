import { FAILURES, PhasegateError } from '../../domain/failures.js';
import { asCalled } from '../command-line/as-called.js';

/** The result of one check. */
export interface CheckResult {
  level: 'ok' | 'warn' | 'FAIL';
  /** What was looked at, and in which state it is. */
  text: string;
  /** What to do; null where there is nothing to do. */
  todo: string | null;
}

export const ok = (text: string): CheckResult => ({ level: 'ok', text, todo: null });
export const warn = (text: string, todo: string): CheckResult => ({ level: 'warn', text, todo });
export const fail = (text: string, todo: string): CheckResult => ({ level: 'FAIL', text, todo });

/** A result as a terminal shows it. */
export function lineOf({ level, text, todo }: CheckResult): string {
  return asCalled(`${level.padEnd(5)} ${text}${todo === null ? '' : `\n      → ${todo}`}`);
}

const LIMIT_MS = 5_000;

/**
 * Makes a check that always answers within 5 s, whatever happens. A check that fails never stops the others.
 *
 * @param what - the text for people when the check itself fails
 * @param todo - what to do when it gives no answer, or fails without a code of ours
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

/** A known failure has better advice than the check has. */
function todoOf(error: unknown): string | undefined {
  return error instanceof PhasegateError ? FAILURES[error.code].todo : undefined;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 600) ?? '';
}
