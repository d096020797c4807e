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
