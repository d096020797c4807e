import { parseDuration } from '../text/duration.js';
import type { CommandLine } from './command.js';

/** In a phase's list of checks it means all of the repository. */
export const ALL_CHECKS = 'all';

const LEAST = '1s';
const MOST = '24h';

/** Why a command can't be run; undefined for one that can. */
export function commandProblem(run: CommandLine): string | undefined {
  const [first = '', ...others] = typeof run === 'string' ? [run] : run;
  if (first.trim() === '')
    return typeof run === 'string' ? 'the command is empty' : 'the first word of the list must be a program';
  if ([first, ...others].some((word) => word.includes('\0'))) return 'the command has a NUL character';
  return undefined;
}

/** Why a text can't be the time limit of a command; undefined for one that can. */
export function timeoutProblem(timeout: string): string | undefined {
  const ms = parseDuration(timeout);
  if (ms === undefined) return 'not a duration: write a number and a unit, such as 300s, 20m or 1h';
  const isWithin = ms >= (parseDuration(LEAST) ?? 0) && ms <= (parseDuration(MOST) ?? Infinity);
  return isWithin ? undefined : `must be between ${LEAST} and ${MOST}, found ${timeout}`;
}

/** Why a text can't be a check's name; undefined for one that can. Its JSON Schema has the characters. */
export function checkNameProblem(name: string): string | undefined {
  return foldName(name) === ALL_CHECKS ? 'the name all is reserved: it means all checks of the repository' : undefined;
}

/** Two names that differ in case alone are too alike for people and for some file systems. */
export function foldName(name: string): string {
  return name.toLowerCase();
}
