import type { CommandLine, CommandNetwork, SandboxKind } from './command.js';

/** A step of the set-up with its defaults filled in. */
export interface PlannedStep {
  run: CommandLine;
  network: CommandNetwork;
  timeoutMs: number;
}

/** A check with its defaults filled in. */
export interface PlannedCheck {
  name: string;
  /** The command, or the place in the artifact of a phase that names it. */
  run: CommandLine | { artifactOf: string; pointer: string };
  /** What the command must do: end with exit code 0, or with another one. */
  expect: 'pass' | 'fail';
  timeoutMs: number;
  retries: number;
  /** Whether it must be green although it is red at the base commit, too. */
  required: boolean;
  /** The place in the same artifact that lists files which the phase must leave as that artifact's phase left them. */
  unchanged: string | null;
}

/** The commands of a run, apart from the checks of its phases. */
export interface PlannedCommands {
  /** Where they come from. `none` has a note for people, where there is something to say. */
  source: { kind: 'file'; sha256: string } | { kind: 'input' } | { kind: 'none'; note: string | null };
  /** The sandbox of the worker that planned the run. */
  sandbox: SandboxKind;
  setup: PlannedStep[];
  protect: string[];
  env: string[];
  /** What people should know, such as a pattern that matches nothing. */
  warnings: string[];
}
