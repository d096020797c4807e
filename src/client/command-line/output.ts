import { FAILURES, isFailureCode, PhasegateError } from '../../domain/failures.js';
import { asCalled } from './as-called.js';
import { printableLines } from './printable.js';

/** Writes a result: as JSON for scripts, or as text for people. */
export function print(json: boolean, value: unknown, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(value, null, 2) : text}\n`);
}

/** What was wrong and what to do, for a terminal. */
export function failText(error: unknown): string {
  if (error instanceof PhasegateError) return failureLines(error.code, error.message);
  return failureLines('internal_error', error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}

/** The same for scripts. */
export function failJson(error: unknown): string {
  const code = error instanceof PhasegateError ? error.code : 'internal_error';
  return asCalled(
    JSON.stringify({
      code,
      message: error instanceof Error ? error.message : String(error),
      todo: FAILURES[code].todo,
    }),
  );
}

/** A failed run in two lines: the code with its message, and what to do. */
export function failureLines(code: string, message: string): string {
  const text = printableLines(`${code}: ${message}`);
  return asCalled(isFailureCode(code) ? `${text}\n${FAILURES[code].todo}` : text);
}
