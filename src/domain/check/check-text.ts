import { cut } from '../failures.js';
import { shellWord } from '../text/shell-word.js';
import type { CheckOutcome, CheckSummary } from './check-run.js';
import type { CommandLine } from './command.js';
import type { Ended } from './judge-check.js';

/** A command as one line, for people. A list shows where its words begin and end. */
export function commandText(run: CommandLine): string {
  return typeof run === 'string' ? run : run.map(shellWord).join(' ');
}

/** For agents and people alike: a limit names the setting that a person may change. */
const LIMITS: Record<Exclude<Ended['end'], 'exited'>, string> = {
  timed_out: 'time-out',
  out_of_memory: 'out of memory (limit: PHASEGATE_SANDBOX_MEMORY)',
  too_many_processes: 'too many processes and threads (limit: PHASEGATE_SANDBOX_PROCESSES)',
  disk_full: 'disk full (limit: PHASEGATE_SANDBOX_DISK)',
  not_found: 'not found (127)',
  not_executable: 'not executable (126)',
};

/** How a command ended, in words: `exit 2`, `killed by SIGSEGV`, `time-out`. Each end has its own. */
export function endText({ end, exitCode, signal }: Omit<Ended, 'signal'> & { signal?: string | null }): string {
  if (end !== 'exited') return LIMITS[end];
  return exitCode === null ? `killed by ${signal ?? 'a signal'}` : `exit ${exitCode}`;
}

/** A time as people read it: `0.4 s`, `12.3 s`, `125 s`. */
export function secondsText(ms: number): string {
  const seconds = ms / 1_000;
  return `${seconds < 100 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

const MARKS: Record<CheckOutcome, string> = { passed: '✓', failed: '✗', flaky: '~', already_failing: '✗' };
const MAX_NAME = 60;

/** A check as people see it at the gate: `test ✓ 12.3 s`, `types ✗ exit 2 (already failing)`. */
export function summaryText({ name, outcome, expect, end, exitCode, durationMs }: CheckSummary): string {
  const said = `${cut(name, MAX_NAME)} ${MARKS[outcome]}`;
  const ended = endText({ end, exitCode });
  const took = secondsText(durationMs);
  switch (outcome) {
    case 'passed':
      return expect === 'fail' ? `${said} red as it must be (${ended})` : `${said} ${took}`;
    case 'flaky':
      return `${said} flaky, green when repeated ${took}`;
    case 'already_failing':
      return `${said} ${ended} (already failing)`;
    case 'failed':
      return expect === 'fail' && end === 'exited' && exitCode === 0
        ? `${said} green, must be red`
        : `${said} ${ended}`;
  }
}

/** The words where a phase may change the repository and no check ran. */
export const NOTHING_RAN = 'nothing was run';

/** All checks of a phase in one line. */
export function checksText(checks: readonly CheckSummary[]): string {
  return checks.length === 0 ? NOTHING_RAN : checks.map(summaryText).join(' · ');
}
