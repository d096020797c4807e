import type { RepositoryCheck, SetupStep } from './check/repository-file.js';
import { sha256 } from './text/hash.js';
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
  /** Which runs get places first; default `normal`. */
  priority?: RunPriority;
  /** Runs with the same key share places fairly with others; default: the repository. At most 64 bytes. */
  fairnessKey?: string;
  /** Beats the template's own choice. */
  onHumanRequired?: OnHumanRequired;
  /** Instead of the set-up that the repository's file has. */
  setup?: SetupStep[];
  /** Instead of the checks that the repository's file has. */
  checks?: RepositoryCheck[];
}

export const RUN_PRIORITIES = ['interactive', 'normal', 'batch'] as const;
export type RunPriority = (typeof RUN_PRIORITIES)[number];

/** How Temporal orders the phases of runs that wait for a place. */
export interface Queueing {
  /** 1 is first and 5 is last. */
  priorityKey: number;
  /** At most 64 bytes. */
  fairnessKey: string;
}

/** Temporal's own default is 3. */
const PRIORITY_KEYS: Readonly<Record<RunPriority, number>> = { interactive: 2, normal: 3, batch: 4 };

/** The order of a run, from its input. Without a key of its own a run shares its place with those of its repository. */
export function queueingOf({
  priority = 'normal',
  fairnessKey,
  repoPath,
}: Pick<RunInput, 'priority' | 'fairnessKey' | 'repoPath'>): Queueing {
  const name = repoPath.split('/').findLast((part) => part !== '') ?? '';
  const own = `${name.replace(/[^\w.-]/g, '').slice(0, 40)}-${sha256(repoPath).slice(0, 12)}`;
  return { priorityKey: PRIORITY_KEYS[priority], fairnessKey: fairnessKey ?? own };
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
