import type { CheckOutcome, CommandEnd } from './check-run.js';
import type { PlannedCheck } from './planned-check.js';

/** How one run of a command ended. */
export interface Ended {
  end: CommandEnd;
  /** Null when a signal ended it, and when a limit did. */
  exitCode: number | null;
  signal: string | null;
}

/** A shell gives 128 and the number of the signal that killed its command. Linux has 64 signals. */
const isKilled = (exitCode: number): boolean => exitCode > 128 && exitCode <= 192;

/**
 * Whether a command did what its check expects. A command that must be red is red only by an exit code of its own: one
 * that was never found, that a limit ended or that a signal killed proves nothing.
 */
export function isAsExpected(expect: PlannedCheck['expect'], { end, exitCode, signal }: Ended): boolean {
  if (end !== 'exited' || exitCode === null) return false;
  return expect === 'pass' ? exitCode === 0 : exitCode !== 0 && signal === null && !isKilled(exitCode);
}

/** Whether a command is red by an exit code of its own. */
export function isRed(ended: Ended): boolean {
  return isAsExpected('fail', ended);
}

/** Whether the command could not even be started. */
export function isUnstartable({ end }: Ended): boolean {
  return end === 'not_found' || end === 'not_executable';
}

/** Whether a red check is worth a repetition. One that must be red proves nothing by being red now and then. */
export function mayRepeat({ expect }: Pick<PlannedCheck, 'expect'>, last: Ended): boolean {
  return expect === 'pass' && !isUnstartable(last);
}

/**
 * Whether a red check is compared with the base commit. Red there, too, it blocks nothing, unless it is required. A
 * command of an artifact is the agent's own, and means nothing there.
 */
export function isComparedWithBase({ expect, run, required }: PlannedCheck, last: Ended): boolean {
  if (expect === 'fail' || hasArtifactCommand(run)) return false;
  return !required || isUnstartable(last);
}

/** Whether the command of a check comes from an artifact. */
export function hasArtifactCommand(run: PlannedCheck['run']): run is Extract<PlannedCheck['run'], { pointer: string }> {
  return typeof run === 'object' && !Array.isArray(run);
}

/**
 * What a check says of the work.
 *
 * @param runs - its runs on the tree that is to be committed: one, and its repetitions
 * @param base - its last run at the base commit; null where there was none. One that a limit or a signal ended there
 *   says nothing of the base commit, and so it excuses nothing
 */
export function judgeCheck(
  { expect, required }: Pick<PlannedCheck, 'expect' | 'required'>,
  runs: readonly Ended[],
  base: Ended | null,
): CheckOutcome {
  const last = runs.at(-1);
  if (last && isAsExpected(expect, last)) return runs.length === 1 ? 'passed' : 'flaky';
  return base && !required && isRed(base) ? 'already_failing' : 'failed';
}
