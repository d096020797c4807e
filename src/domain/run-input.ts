import type { OnBudget, OnHumanRequired } from './template/template.js';

/** What a person starts a run with (S01); schema: `schemas/run-input.schema.json`. */
export interface RunInput {
  /** Name of a template, optionally `name@version`. */
  template: string;
  /** Absolute path of a git repository on the worker's machine. */
  repoPath: string;
  /** Branch the run starts from; default `main`. */
  baseBranch?: string;
  /** What is wanted, in the person's words (Markdown, up to 512 KiB). */
  requirements: string;
  /** A free title for people; shown, never interpreted. */
  objective?: string;
  /** Anything else to keep with the run. */
  extra?: Record<string, unknown>;
  /** Persona by role, beating the template's own choice. */
  overrides?: Record<string, string>;
  /** No model call is started that could pass this, in US dollars. */
  budgetUsd?: number;
  /** Likewise, in tokens of input and output together. */
  budgetTokens?: number;
  /**
   * With a budget in dollars, a model without a price is refused, unless this allows it: its calls then count nothing.
   */
  allowUnknownPrices?: boolean;
  /** Beats the template's own choice. */
  onBudget?: OnBudget;
  /** Who starts the run, for gates that must be decided by somebody else. Claimed, not proven. */
  startedBy?: string;
  /** Beats the template's own choice. */
  onHumanRequired?: OnHumanRequired;
}

/** What a run gives back (S01). */
export interface RunResult {
  runId: string;
  state: 'completed';
  reportPath: string | null;
  template: string;
  branch: string | null;
  /** Of the model calls whose cost is known; null when none is. */
  costUsd: number | null;
  error: null;
}
