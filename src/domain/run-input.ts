import type { RepositoryCheck, SetupStep } from './check/repository-file.js';
import type { OnBudget, OnHumanRequired } from './template/template.js';

/** What a person starts a run with (S01). Its schema is `schemas/run-input.schema.json`. */
export interface RunInput {
  /** Name of a template, optionally `name@version`. */
  template: string;
  /** Absolute path of a git repository on the worker's machine. */
  repoPath: string;
  /** Branch the run starts from; default `main`. */
  baseBranch?: string;
  /** What is wanted, in the person's words (Markdown, up to 512 KiB). */
  requirements: string;
  /** A free title for people. It is shown, but never interpreted. */
  objective?: string;
  /** Anything else to keep with the run. */
  extra?: Record<string, unknown>;
  /** Persona by role. It beats the template's own choice. */
  overrides?: Record<string, string>;
  /** In US dollars. A model call that could exceed this is not started. */
  budgetUsd?: number;
  /** The same, in tokens of input and output together. */
  budgetTokens?: number;
  /**
   * With a budget in dollars, a model without a price is refused. If this is set, it is allowed, and its calls count
   * nothing.
   */
  allowUnknownPrices?: boolean;
  /** Beats the template's own choice. */
  onBudget?: OnBudget;
  /** The person who starts the run, for gates that somebody else must decide. That is claimed, not proven. */
  startedBy?: string;
  /** Beats the template's own choice. */
  onHumanRequired?: OnHumanRequired;
  /** Instead of the set-up that the repository's file has. */
  setup?: SetupStep[];
  /** Instead of the checks that the repository's file has. */
  checks?: RepositoryCheck[];
}

/** What a run gives back (S01). */
export interface RunResult {
  runId: string;
  state: 'completed';
  reportPath: string | null;
  template: string;
  branch: string | null;
  /** The cost of the model calls whose cost is known; null when there are none. */
  costUsd: number | null;
  error: null;
}
