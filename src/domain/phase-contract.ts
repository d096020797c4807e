import type { ArtifactView } from './gate-view/artifact-view.js';
import type { ArtifactRef, CommitRef } from './artifact.js';
import type { Changes } from './change/changes.js';
import type { RunEvent } from './record/events.js';
import type { JsonObject } from './text/json.js';
import type { CheckSummary } from './check/check-run.js';
import type { PlannedCommands } from './check/planned-check.js';
import type { Limits, Reservation } from './money/budget.js';
import type { ModelCall } from './record/model-call.js';
import type { ModelPrice } from './template/backends.js';
import type { Binding, PlannedPhase, RepositoryPlan } from './plan.js';
import type { RunRef } from './run-state.js';
import type { KeptComments } from './rounds/comments.js';
import type { RoundCopy } from './rounds/round-copy.js';
import type { SentBack } from './rounds/sent-back.js';
import type { Matched } from './rounds/when.js';
import type { Usage } from './money/usage.js';

/** What the workflow hands to `executePhase`: everything that the phase needs. History keeps it as it is. */
export interface PhaseTask {
  run: RunRef;
  /** Name of the run's template. */
  template: string;
  /** Identifies this execution of the phase. After a reset or a revision it is another one. */
  occurrence: string;
  /**
   * How many phases the workflow had scheduled by then, with this one. It tells which of two attempts is the newer one.
   */
  scheduling: number;
  /** Attempts that earlier executions of the phase made in this conversation. */
  attemptOffset: number;
  /** What a person wants changed, or says after a failure. It begins this execution in the same conversation. */
  feedback: string | null;
  phase: PlannedPhase & { artifact: NonNullable<PlannedPhase['artifact']> };
  binding: Binding;
  /** Schema of the artifact and all schemas that it refers to, by `$id`. */
  schemas: Record<string, JsonObject>;
  /** The price of each of the persona's models, in their order. */
  prices: (ModelPrice | null)[];
  repository: RepositoryPlan;
  requirements: { sha256: string; bytes: number };
  earlier: EarlierArtifact[];
  /** How the workspace is set up, and what the commands of the run may do. */
  commands: PlannedCommands;
  /** The pass of the phase: 1, and one more each time that it runs again because work was sent back. */
  round: number;
  /** Why it runs again; null in the first round. */
  sentBack: SentBack | null;
  /** The artifacts that phases left in their last rounds, for agents to read. */
  copies: RoundCopy[];
  /** What people said with their decisions so far. */
  comments: KeptComments;
  /** The commits of the run so far, oldest first. */
  commits: Pick<CommitRef, 'phaseKey' | 'sha'>[];
  /** The last phase that a person skipped, and which skip it was: its work must not be committed. Older tasks have none. */
  skipped?: Skip | null;
  /** Commit of the run's branch at which the phase begins, as history has it. */
  head: string;
  /**
   * The run's limits, what counts against them outside the phase's conversation, and how much of that counts against
   * the phase's share.
   */
  budget: { limits: Limits; spent: Reservation; own: Reservation };
  /** The workflow's own events since the last write. They are recorded before anything else. */
  events: RunEvent[];
}

/** A person skipped a phase whose work was not completed. */
export interface Skip {
  phaseKey: string;
  id: string;
}

/** The artifact of a phase that is completed. */
export interface EarlierArtifact extends ArtifactRef {
  /** Commit of the run's branch at which that phase ended, whether it is its own or not. Older tasks have none. */
  endedAt?: string;
}

/** What a completed phase gives back. */
export interface PhaseOutcome {
  artifact: ArtifactRef;
  attempts: number;
  usage: Usage;
  commit: CommitRef | null;
  /** What changed in the repository since the phase began, as git has it. Outcomes of older workers have none. */
  changes?: Changes;
  /** The checks that ran on its tree, in their order. */
  checks: CheckSummary[];
  /** Which of the phase's conditions the artifact meets. */
  matched: Matched;
  /** Files that the repository protects and that the run has changed since its base commit; the first 50. */
  protectedChanged: string[];
  /** What people see of the artifact at the phase's gates; null without gates. Outcomes of older workers have none. */
  view?: ArtifactView | null;
  /** The fallback with which it ended, as `backend/model`; null where it was the persona's own model. */
  fallback?: string | null;
}

/**
 * What `executePhase` carries from one Temporal attempt to the next, in its heartbeat details. It is a snapshot of
 * `PhaseProgress` (src/activities/phase), and only that class changes it.
 */
export interface PhaseSnapshot {
  /** Attempt at the artifact that is under way; counts from 1. */
  attempt: number;
  /** How many of the attempts before it were valid, but a check was red. */
  repairs: number;
  /** What was wrong with the attempt before. */
  repair: string | null;
  /** Fingerprints of the problems so far, oldest first. */
  fingerprints: string[];
  /** Milliseconds of the current attempt that earlier Temporal attempts used up. */
  usedMs: number;
  /** What the phase's model calls used so far, as far as this record has it. */
  usage: Usage;
  /** How much of it failed calls used: they are not in the conversation. */
  failed: Usage;
  /** The ledger's line of the call that is under way. Its worst case counts when the worker dies before its reply. */
  begun: ModelCall | null;
  /** Lines of failed calls that the ledger may not have yet. The next attempt writes them again. */
  unrecorded: ModelCall[];
  /**
   * What was paid before a reset for work that the reset undid, in the whole run and in this phase. Every attempt looks
   * it up.
   */
  undone: { run: Reservation; phase: Reservation };
  /**
   * How many failures of this attempt at the artifact were neither the model's nor the provider's: a bug, a broken
   * machine, tables that are missing.
   */
  unexplained: number;
  /** How often the folder of the run was lost and made again. */
  rebuilt: number;
  /** How long the checkout that is under way has taken so far; null while there is none. */
  checkoutMs: number | null;
  /** Since when the provider has been failing (epoch milliseconds); null while it answers. */
  providerFailingSince: number | null;
  /** Replies in a row that were not chat completions. */
  badReplies: number;
  /** Which of the persona's models is used; 0 for its own. */
  model: number;
  /** Why the model before was given up, and in which attempt; null for the persona's own model. */
  fellBack: { from: string; attempt: number; code: string; message: string } | null;
}
