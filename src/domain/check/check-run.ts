import type { SandboxKind } from './command.js';

/**
 * How a command ended: it exited; a limit ended it; or it could not be started. `not_found` and `not_executable` are a
 * shell's exit codes 127 and 126.
 */
export const COMMAND_ENDS = [
  'exited',
  'timed_out',
  'out_of_memory',
  'too_many_processes',
  'disk_full',
  'not_found',
  'not_executable',
] as const;
export type CommandEnd = (typeof COMMAND_ENDS)[number];

/**
 * What a check says of the work.
 * - `passed`: it did what was expected.
 * - `failed`: it did not, so the agent must go on.
 * - `flaky`: it failed, and then passed on the same tree.
 * - `already_failing`: it fails at the base commit, too, and so it blocks nothing.
 */
export const CHECK_OUTCOMES = ['passed', 'failed', 'flaky', 'already_failing'] as const;
export type CheckOutcome = (typeof CHECK_OUTCOMES)[number];

/** One check of a phase, as people see it at the gate. */
export interface CheckSummary {
  name: string;
  outcome: CheckOutcome;
  expect: 'pass' | 'fail';
  end: CommandEnd;
  exitCode: number | null;
  durationMs: number;
}

/** One time that a command of the repository ran: a row of the mirror's table `check_runs`. */
export interface CheckRun {
  /** Identifies this run of the command, whoever repeats the write. */
  id: string;
  phaseKey: string;
  round: number;
  attempt: number;
  /** `setup`; `check`: on the tree that is to be committed; `base`: the same at the base commit. */
  kind: 'setup' | 'check' | 'base';
  /** The check's name; for the set-up `setup 1`, `setup 2` … */
  name: string;
  command: string;
  expect: 'pass' | 'fail';
  end: CommandEnd;
  exitCode: number | null;
  signal: string | null;
  durationMs: number;
  /** At most 1 MiB, masked. */
  output: string;
  outputSha256: string;
  /** How many bytes the command wrote, those that were left out included. */
  outputBytes: number;
  /** The tree on which it ran. */
  tree: string;
  /** The commit on which the phase began. */
  commit: string;
  sandbox: SandboxKind;
  outcome: CheckOutcome;
  /** ISO 8601. */
  ts: string;
}
