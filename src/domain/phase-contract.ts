import type { ArtifactRef, CommitRef } from './artifact.js';
import type { RunEvent } from './record/events.js';
import type { JsonObject } from './text/json.js';
import type { Limits, Reservation } from './money/budget.js';
import type { ModelCall } from './record/model-call.js';
import type { ModelPrice } from './template/backends.js';
import type { Binding, PlannedPhase, RepositoryPlan } from './plan.js';
import type { RunRef } from './run-state.js';
import type { Usage } from './money/usage.js';

/** What the workflow hands to `executePhase`: all that the phase needs, pinned by history. */
export interface PhaseTask {
  run: RunRef;
  /** Names this execution of the phase: another one after a reset or a revision. */
  occurrence: string;
  /** How many phases the workflow had scheduled by then, this one included: which of two attempts is the newer one. */
  scheduling: number;
  /** Attempts that earlier executions of the phase made in this conversation. */
  attemptOffset: number;
  /** What a person wants changed or says after a failure: opens this execution in the same conversation. */
  feedback: string | null;
  phase: PlannedPhase & { artifact: NonNullable<PlannedPhase['artifact']> };
  binding: Binding;
  /** Schema of the artifact and all it refers to, by `$id`. */
  schemas: Record<string, JsonObject>;
  price: ModelPrice | null;
  repository: RepositoryPlan;
  requirements: { sha256: string; bytes: number };
  earlier: ArtifactRef[];
  /** Commit of the run's branch that the phase begins on, as history has it. */
  head: string;
  /**
   * The run's limits, what counts against them outside the phase's conversation, and what of that counts against the
   * phase's share.
   */
  budget: { limits: Limits; spent: Reservation; own: Reservation };
  /** The workflow's own events since the last write; recorded before anything else. */
  events: RunEvent[];
}

/** What a completed phase gives back. */
export interface PhaseOutcome {
  artifact: ArtifactRef;
  attempts: number;
  usage: Usage;
  commit: CommitRef | null;
}

/**
 * What `executePhase` carries from one Temporal attempt to the next, in its heartbeat details: a moment of
 * `PhaseProgress` (src/activities/phase), which alone changes it.
 */
export interface PhaseSnapshot {
  /** Attempt at the artifact that is under way; counts from 1. */
  attempt: number;
  /** What was wrong with the attempt before. */
  repair: string | null;
  /** Fingerprints of the problems so far, oldest first. */
  fingerprints: string[];
  /** Milliseconds of the current attempt that earlier Temporal attempts used up. */
  usedMs: number;
  /** What the phase's model calls used so far, as far as this record knows. */
  usage: Usage;
  /** What of it the calls used that failed: they are not in the conversation. */
  failed: Usage;
  /** The ledger's line of the call that is under way: its worst case counts when the worker dies before its reply. */
  begun: ModelCall | null;
  /** Lines of calls that failed, and that the ledger may not have yet: the next attempt tells it of them again. */
  unrecorded: ModelCall[];
  /**
   * What was paid before a reset for work that it undid: in the whole run, and in this phase. Looked up by every
   * attempt.
   */
  undone: { run: Reservation; phase: Reservation };
  /**
   * Failures of this attempt at the artifact that are neither the model's nor the provider's: a bug, a broken machine,
   * tables that are missing.
   */
  unexplained: number;
  /** How often the folder of the run was lost and made again. */
  rebuilt: number;
  /** How long the checkout that is under way has taken so far; null while there is none. */
  checkoutMs: number | null;
  /** Since when the provider has been failing (epoch milliseconds); null while it answers. */
  providerFailingSince: number | null;
  /** Replies in a row that were no chat completion. */
  badReplies: number;
}
