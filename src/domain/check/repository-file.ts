import type { CommandLine } from './command.js';

/** How a repository says that it is built and checked, in its file `.phasegate.yaml`. */
export interface RepositoryFile {
  /** Makes a workspace ready for checks. */
  setup?: SetupStep[];
  checks?: RepositoryCheck[];
  /** Patterns of paths that no phase may change, unless its template says so. */
  protect?: string[];
  /** Names of the worker's variables that commands get. Their values are masked in every output. */
  env?: string[];
}

export interface SetupStep {
  run: CommandLine;
  /** Hosts that may be reached; default none. `host`: all that the worker's machine reaches. */
  network?: string[] | 'host';
  /** Default 10m. */
  timeout?: string;
}

export interface RepositoryCheck {
  name: string;
  run: CommandLine;
  /** Default 10m. */
  timeout?: string;
  /** How often a red check is repeated; when it is green then, it is flaky. Default 0. */
  retries?: number;
  /** Whether it must be green although it is red at the base commit, too. Default false. */
  required?: boolean;
}

export const CHECK_DEFAULTS = { timeoutMs: 600_000, retries: 0, repairs: 5 } as const;
