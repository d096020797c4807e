/** An ordered list of phases, as people write it in `templates/*.yaml` (S03). */
export interface Template {
  name: string;
  version: string;
  description?: string;
  /** Persona to take for a role, unless the run's input overrides it. */
  roles?: Record<string, string>;
  phases: TemplatePhase[];
  /** What a failure that a person can mend does: end the run (`fail`, the default), or park it until somebody acts. */
  onHumanRequired?: OnHumanRequired;
  /** What a spent budget does: end the run (`fail`, the default), or wait at a gate named `budget`. */
  onBudget?: OnBudget;
  /** Whom to tell when a run waits for people. */
  notify?: NotifyHook[];
}

export type OnHumanRequired = 'fail' | 'wait';

export type OnBudget = 'fail' | 'wait';

/** A command to run, or a URL to post JSON to; secrets by the name of their variable only. */
export type NotifyHook =
  { command: string[]; env?: string[] } | { url: string; headersFromEnv?: Record<string, string> };

export interface TemplatePhase {
  key: string;
  role: string;
  instructions: string;
  /** What the agent must leave; a phase without one completes at once (S08). */
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
  /** Who may decide; then `by` is needed. */
  approvers?: string[];
  /** How many different people must approve, default 1. */
  required?: number;
  /** Whether the one who started the run may not approve. */
  separateStarter?: boolean;
  /** Time for the decision, counted from the opening. */
  timeout?: string;
  /** What happens when the time is up, default `wait`. */
  onTimeout?: OnTimeout;
  /** Who may decide as well once the gate is escalated. */
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
