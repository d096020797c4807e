import type { CheckRun } from '../check/check-run.js';
import type { Money } from '../money/amount.js';
import type { DecisionAction } from '../gate-decisions.js';
import type { OnTimeout } from '../template/template.js';
import type { EventType } from '../record/events.js';
import type { Schemas } from '../template/schema-place.js';

/** A gate that opened, once for each time. */
export interface GateRequest {
  requestId: string;
  phaseKey: string;
  gate: string;
  round: number;
  /** As the mirror has it: pending, approved, rejected, changes_requested, aborted, voided, expired, superseded. */
  state: string;
  artifactSha256: string | null;
  requestedAt: string;
  /** What the event tells; null or empty where there is no limit. */
  expiresAt: string | null;
  approvers: string[] | null;
  required: number | null;
  separateStarter: boolean | null;
  onTimeout: OnTimeout | null;
  escalateTo: string[] | null;
  /** `pullRequest`: its reviews decide, and no message does. */
  decideBy: string | null;
  /** Whether changes may be requested once more. */
  mayRevise: boolean;
  note: string | null;
}

/** What a person decided at a gate. */
export interface GateDecision {
  requestId: string;
  action: DecisionAction;
  by: string | null;
  via: string | null;
  comment: string | null;
  at: string;
}

/** An event that moves the run from work to waiting, or back. */
export interface Moment {
  type: EventType;
  phaseKey: string | null;
  round: number | null;
  ts: string;
}

/** The newest valid artifact of each round of a phase, as the agent or a person left it. */
export interface StoryDocument {
  phaseKey: string;
  round: number;
  path: string;
  schemaId: string;
  sha256: string;
  bytes: number;
  /** The file in base64; null for one that is larger than is shown. */
  raw: string | null;
  /** Its schemas in {@link StoryFacts.schemas}; null where none are recorded. */
  schemasHash: string | null;
}

/** The facts of a run that people judge it by, beside those that every report has. */
export interface StoryFacts {
  /** The begin of what was asked. */
  requirements: string | null;
  startedBy: string | null;
  requests: GateRequest[];
  decisions: GateDecision[];
  moments: Moment[];
  /** What the model calls of each phase took. */
  calls: { phaseKey: string; calls: number; costMicroUsd: Money; unpricedCalls: number }[];
  /** How long each command ran, and when it had ended. */
  commandTimes: { phaseKey: string; durationMs: number; ts: string }[];
  /** The end of what the last run of each check in each round printed. */
  outputs: (Pick<CheckRun, 'phaseKey' | 'round' | 'kind' | 'name' | 'command' | 'outcome'> & { tail: string })[];
  documents: StoryDocument[];
  schemas: Record<string, Schemas>;
  /** Files that the repository protects and that the run has changed, as its newest word about them says. */
  protectedFiles: string[];
  /** The gates that the template gives each phase. */
  gates: Record<string, string[]>;
}
