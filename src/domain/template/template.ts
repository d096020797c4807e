import type { CommandLine } from '../check/command.js';
import type { TemplateDeliver } from '../deliver/deliver.js';

/** An ordered list of phases, as people write it in `templates/*.yaml` (S03). */
export interface Template {
  name: string;
  version: string;
  description?: string;
  /** Persona for each role, unless the run's input overrides it. */
  roles?: Record<string, string>;
  phases: TemplatePhase[];
  /**
   * What happens at a failure that a person can mend: the run ends (`fail`, the default), or it is parked until
   * somebody acts.
   */
  onHumanRequired?: OnHumanRequired;
  /**
   * What happens when the budget is spent: the run ends (`fail`, the default), or it waits at a gate named `budget`.
   */
  onBudget?: OnBudget;
  /** Who is told when a run waits for people. */
  notify?: NotifyHook[];
  /** Where the run's branch goes when the run has completed. */
  deliver?: TemplateDeliver;
}

export type OnHumanRequired = 'fail' | 'wait';

export type OnBudget = 'fail' | 'wait';

/** A command to run, or a URL to post JSON to. Secrets are given only by the name of their variable. */
export type NotifyHook =
  { command: string[]; env?: string[] } | { url: string; headersFromEnv?: Record<string, string> };

export interface TemplatePhase {
  key: string;
  role: string;
  instructions: string;
  /** The artifact that the agent must leave. A phase without one completes at once (S08). */
  artifact?: { path: string; schema: string };
  /** The approvals that the phase needs: names, or names with rules. */
  gates?: (string | TemplateGate)[];
  /** How often people may ask for changes, default 3. */
  maxRevisions?: number;
  /** Whether a person may skip the phase when it has failed and the run waits. */
  maySkip?: boolean;
  /** Time for one attempt, such as `300s` or `20m`; default 300 s (S10). */
  timeout?: string;
  /** Attempts at a valid artifact, default 2 (S12). */
  attempts?: number;
  /** How long to go on while the provider is away, default `1h`. */
  patience?: string;
  /** Most model calls of one attempt, default 50. */
  maxModelCalls?: number;
  /** The phase's own share of the budget, in US dollars and in tokens. */
  budgetUsd?: number;
  budgetTokens?: number;
  /**
   * The checks that its tree must pass: all of the repository, some of them by name, and checks of its own. `all` in a
   * list means all of the repository.
   */
  checks?: 'all' | (string | TemplateCheck)[];
  /** How often the agent may mend what a check finds, default 5. */
  repairs?: number;
  /** Whether it may change what the repository protects. */
  mayChangeProtected?: boolean;
  /** Sends the work back to an earlier phase when the artifact says so. */
  sendBack?: SendBack;
  /** The run fails when the artifact has these values: a JSON pointer or a field's name to a constant. */
  failWhen?: When;
}

/** Fields of a validated artifact, by name or by JSON pointer, with the constants that they must have. */
export type When = Record<string, string | number | boolean | null>;

/** The phase `to`, and everything after it, runs again when the artifact has the values in `when`. */
export interface SendBack {
  to: string;
  when: When;
  /** How often. */
  max: number;
  /** What happens after that, default `gate`: people decide, or the run fails. */
  onMax?: 'gate' | 'fail';
}

/** A check that a template brings along. */
export interface TemplateCheck {
  name: string;
  run?: CommandLine;
  /** Instead of `run`: the JSON pointer to the command in an artifact. */
  fromArtifact?: string;
  /** The phase whose artifact it is, default the phase itself. */
  of?: string;
  /** `fail`: the command must be red. Default `pass`. */
  expect?: 'pass' | 'fail';
  timeout?: string;
  retries?: number;
  required?: boolean;
  /** JSON pointer to the list of files in that artifact that this phase must not change. */
  unchanged?: string;
}

/** A gate with rules of its own. */
export interface TemplateGate {
  name: string;
  /** Who may decide. If it is set, `by` is needed. */
  approvers?: string[];
  /** How many different people must approve, default 1. */
  required?: number;
  /** Whether the person who started the run may not approve. */
  separateStarter?: boolean;
  /** Time for the decision, counted from the opening. */
  timeout?: string;
  /** What happens when the time is up, default `wait`. */
  onTimeout?: OnTimeout;
  /** Who may decide, too, when the gate is escalated. */
  escalateTo?: string[];
  /** When to remind people: shares of the time, such as `50%`. */
  remindAt?: string[];
  /** The reviews of the run's pull request decide, and nothing else. */
  decideBy?: 'pullRequest';
}

export type OnTimeout = 'wait' | 'reject' | 'abort' | 'escalate';

export const PHASE_DEFAULTS = {
  timeoutMs: 300_000,
  attempts: 2,
  patienceMs: 3_600_000,
  maxModelCalls: 50,
  maxRevisions: 3,
} as const;

/** One thing that a template must not have. */
export interface TemplateIssue {
  /** JSON pointer to the value that is wrong. */
  pointer: string;
  message: string;
}
