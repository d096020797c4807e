import type { ArtifactError } from '../artifact.js';
import type { CheckRun } from '../check/check-run.js';
import type { PlannedCommands } from '../check/planned-check.js';
import type { EventType } from './events.js';
import type { JsonObject } from '../text/json.js';
import type { PhaseState, RunState } from '../run-state.js';
import type { Money } from '../money/amount.js';
import type { Usage } from '../money/usage.js';

/** A run's row. Times are ISO 8601 in UTC, and money is rounded to whole micro-dollars. */
export interface RunSummary {
  runId: string;
  workflowId: string;
  executionRunId: string;
  state: RunState;
  templateName: string | null;
  templateVersion: string | null;
  templateHash: string | null;
  repoPath: string | null;
  baseBranch: string | null;
  baseCommit: string | null;
  branch: string | null;
  budgetMicroUsd: Money | null;
  budgetTokens: number | null;
  /** Cost of the model calls whose price is known. */
  costMicroUsd: Money;
  errorCode: string | null;
  errorMessage: string | null;
  /** How many events the run has. Their `seq` is 1 to this. */
  eventCount: number;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
}

export interface PhaseFacts {
  key: string;
  /** Position in the plan, from 0; null where the plan was not recorded. */
  index: number | null;
  role: string | null;
  state: PhaseState;
  /** The pass of the phase that began last. */
  round: number;
  attempts: number;
  startedAt: string | null;
  endedAt: string | null;
  errorCode: string | null;
  reason: string | null;
}

export interface ArtifactFacts {
  phaseKey: string;
  /** Identifies the execution of the phase. After a reset or a revision it is another one. */
  occurrence: string;
  /** The pass of the phase in which it was left. */
  round: number;
  attempt: number;
  path: string;
  schemaId: string;
  sha256: string;
  bytes: number;
  valid: boolean;
  reason: string | null;
  errors: ArtifactError[];
  createdAt: string;
}

export interface EventFacts {
  seq: number;
  type: EventType;
  phaseKey: string | null;
  payload: JsonObject;
  ts: string;
}

/** That work was sent back, or that an approval counts no more because of it. */
export interface RoundFacts {
  type: 'sent_back' | 'approval_voided';
  phaseKey: string | null;
  /** For work that was sent back: the phase that runs again. */
  to: string | null;
  gate: string | null;
  /** The round that begins; for an approval, the round that is over. */
  round: number | null;
  why: string | null;
  /** The person who sent it back, or who had approved. */
  by: string | null;
  ts: string;
}

/** That a phase went on with another model. */
export interface FallbackFacts {
  phaseKey: string;
  /** The model that was given up, and the one that took its place, as `backend/model`. */
  from: string;
  to: string;
  /** Why, as a failure's code. */
  code: string;
  ts: string;
}

/** An approval that nobody has given or refused. */
export interface OpenApproval {
  requestId: string;
  phaseKey: string;
  gate: string;
  artifactSha256: string | null;
  requestedAt: string;
}

export interface BindingFacts {
  role: string;
  persona: string;
  personaVersion: string;
  personaHash: string;
  backend: string;
  model: string;
  bindingHash: string;
}

/** A run of a command, without its output. */
export type CheckFacts = Pick<
  CheckRun,
  | 'phaseKey'
  | 'round'
  | 'attempt'
  | 'kind'
  | 'name'
  | 'expect'
  | 'outcome'
  | 'end'
  | 'exitCode'
  | 'durationMs'
  | 'outputSha256'
  | 'sandbox'
>;

/** A delivery of the run. Its state is apart from the run's. */
export interface DeliveryFacts {
  state: 'delivering' | 'delivered' | 'failed';
  /** Who ordered it; null where the template did. */
  by: string | null;
  remote: string | null;
  branch: string | null;
  sha: string | null;
  provider: string | null;
  number: number | null;
  url: string | null;
  checks: string | null;
  errorCode: string | null;
  errorMessage: string | null;
  startedAt: string;
  endedAt: string | null;
}

/** All that a report says of a run, read in one snapshot. */
export interface ReportFacts {
  run: RunSummary;
  objective: string | null;
  /** Null where no plan was recorded, or one of a time without commands. */
  commands: PlannedCommands | null;
  /** The last runs of commands, oldest first, at most 200. */
  checks: CheckFacts[];
  /** In the plan's order. */
  phases: PhaseFacts[];
  /** In the order in which they were found. */
  artifacts: ArtifactFacts[];
  /** The last 20, oldest first. */
  events: EventFacts[];
  openApprovals: OpenApproval[];
  /** In the order in which they happened. */
  rounds: RoundFacts[];
  /** In the order in which they happened. */
  fallbacks: FallbackFacts[];
  /** How many messages of people had no effect, those included that were only counted. */
  ignoredMessages: number;
  usage: Usage;
  bindings: BindingFacts[];
  /** The last 10, oldest first. */
  deliveries: DeliveryFacts[];
}
