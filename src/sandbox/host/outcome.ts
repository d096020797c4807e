import { constants } from 'node:os';
import type { CommandEnd } from '../../domain/check/check-run.js';
import type { CommandResult } from '../sandbox.js';

const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
/** A shell's exit code for a program that was ended by signal n is 128 + n. */
const BY_SIGNAL = 128;

/**
 * How a command ended.
 *
 * @param ended - the limit for which it was ended, or null
 * @param code - exit code, as a shell gives it
 * @param signal - the signal that ended it, where the exit code doesn't say
 */
export function endOf(
  ended: CommandEnd | null,
  code: number | null,
  signal: NodeJS.Signals | null,
): Pick<CommandResult, 'end' | 'exitCode' | 'signal'> {
  if (ended !== null) return { end: ended, exitCode: null, signal: 'SIGKILL' };
  const by = signal ?? signalOf(code);
  // the system ends a program that writes a file larger than its limit
  if (by === 'SIGXFSZ') return { end: 'disk_full', exitCode: code, signal: by };
  if (code === NOT_FOUND) return { end: 'not_found', exitCode: code, signal: null };
  if (code === NOT_EXECUTABLE) return { end: 'not_executable', exitCode: code, signal: null };
  return { end: 'exited', exitCode: code, signal: by };
}

function signalOf(code: number | null): string | null {
  if (code === null || code <= BY_SIGNAL) return null;
  return Object.entries(constants.signals).find(([, number]) => number === code - BY_SIGNAL)?.[0] ?? null;
}
