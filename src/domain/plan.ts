import type { Queueing } from './run-input.js';
import type { PlannedDeliver } from './deliver/deliver.js';
import type { JsonObject } from './text/json.js';
import type { ModelPrice } from './template/backends.js';
import type { Limits } from './money/budget.js';
import type { Persona } from './template/persona.js';
import type { PlannedCheck, PlannedCommands } from './check/planned-check.js';
import type { NotifyHook, OnBudget, OnHumanRequired, OnTimeout, SendBack, When } from './template/template.js';

/** A role and the persona that takes it in this run (S05). */
export interface Binding {
  role: string;
  persona: Persona;
  personaHash: string;
  bindingHash: string;
}

/** A gate with all its defaults filled in. */
export interface PlannedGate {
  name: string;
  /** null: anybody. */
  approvers: string[] | null;
  required: number;
  separateStarter: boolean;
  /** null: without limit. */
  timeoutMs: number | null;
  onTimeout: OnTimeout;
  escalateTo: string[];
  /** Milliseconds from the opening, in order. */
  remindAtMs: number[];
  /** The reviews of the run's pull request decide, and nothing else. */
  decideBy?: 'pullRequest';
}

/** A phase as the run will do it. Everything is settled, and nothing must be looked up. */
export interface PlannedPhase {
  key: string;
  index: number;
  role: string;
  instructions: string;
  artifact: { path: string; schemaId: string } | null;
  gates: PlannedGate[];
  maxRevisions: number;
  maySkip: boolean;
  timeoutMs: number;
  attempts: number;
  patienceMs: number;
  maxModelCalls: number;
  /** The phase's own share of the budget. */
  budget: Limits;
  /** The checks that its tree must pass. */
  checks: PlannedCheck[];
  /** How often the agent may mend what a check finds. */
  repairs: number;
  mayChangeProtected: boolean;
  sendBack: Required<SendBack> | null;
  failWhen: When | null;
}

/** The facts about the repository when the run begins. */
export interface RepositoryPlan {
  /** The path as the person gave it. */
  path: string;
  baseBranch: string;
  baseCommit: string;
  /** The run's own branch: `phasegate/<workflow id>`. */
  branch: string;
  /** How long one checkout of its files may take. It is not part of a phase's own time. */
  checkoutMs: number;
}

/** What `planRun` returns. Temporal's history keeps it as it is, so nothing changes under a run in flight (S06). */
export interface Plan {
  template: { name: string; version: string; hash: string };
  phases: PlannedPhase[];
  bindings: Binding[];
  /** Every schema that the phases need, with all that it refers to, by `$id`. */
  schemas: Record<string, JsonObject>;
  /** Price of each bound model, by `backend/model`; null where the price table has none. */
  prices: Record<string, ModelPrice | null>;
  repository: RepositoryPlan;
  requirements: { sha256: string; bytes: number };
  inputHash: string;
  budget: Limits;
  onBudget: OnBudget;
  onHumanRequired: OnHumanRequired;
  /** The person who claims to have started the run. */
  startedBy: string | null;
  queueing: Queueing;
  notify: NotifyHook[];
  /** How the workspace is set up, and what the commands of the run may do. */
  commands: PlannedCommands;
  /** Where the run's branch goes when the run has completed. */
  deliver?: PlannedDeliver;
}
