import type { ProvenPlace } from './check/proven-places.js';
import type { ArtifactView } from './gate-view/artifact-view.js';
import type { ArtifactRef } from './artifact.js';
import type {
  DeliveryOrder,
  ForgeChecks,
  FoundPullRequest,
  ProposedBranch,
  PushedBranch,
  ReviewLook,
  ReviewNews,
  ReviewRequest,
  SettledDelivery,
} from './deliver/deliver.js';
import type { RunEvent } from './record/events.js';
import type { Plan } from './plan.js';
import type { PhaseOutcome, PhaseTask } from './phase-contract.js';
import type { ReconcileMark, ReconcilePage, ReconciledPage, ReopenedLook, ReopenedPage } from './record/reconcile.js';
import type { JsonObject } from './text/json.js';
import type { RunRef, RunEnding } from './run-state.js';
import type { Conditions, Matched } from './rounds/when.js';
import type { NotifyHook } from './template/template.js';
import type { Usage } from './money/usage.js';

/**
 * Where the report is. When a run was to complete and one of its artifacts is not the approved one, it is that artifact
 * instead; then nothing is closed.
 */
export interface ClosedReport {
  reportPath: string | null;
  changed?: string;
  /** What all model calls of the run used, as the report says. */
  usage?: Usage;
}

/** A notice that people get through a template's hooks. */
export interface Notice {
  run: RunRef;
  kind: 'gate_opened' | 'reminder' | 'expired' | 'escalated' | 'parked';
  phase: string;
  gate: string | null;
  message: string;
  /** ISO 8601. */
  at: string;
}

/** The file to look for when a decision names bytes that the run doesn't know. */
export interface EditedLook {
  run: RunRef;
  /** The artifact as the agent left it. */
  artifact: ArtifactRef;
  /** The gate's request: it identifies the occurrence. */
  requestId: string;
  schemas: Record<string, JsonObject>;
  /** The pass of the phase. */
  round: number;
  /** The conditions that the phase has for its artifact. */
  conditions: Conditions;
  /** What was proven with this artifact: no edit may change it. Looks of older workers have none. */
  proven?: ProvenPlace[];
  /** The bytes that the decision was made on. */
  sha256: string;
  by: string | null;
}

/** What was found: other bytes than the decision names, bytes that are not a valid artifact, or a valid artifact. */
export type EditedArtifact =
  | { kind: 'stale' }
  | { kind: 'invalid'; message: string }
  | { kind: 'valid'; artifact: ArtifactRef; matched: Matched; view?: ArtifactView | null };

/** The activities that the workflow calls. The workflow knows these types, and nothing of the code behind them. */
export interface Activities {
  /** Checks and settles everything that a run needs. It fails at once with a code where something is wrong. */
  planRun(run: RunRef, input: unknown): Promise<Plan>;
  /** Lets a phase's agent work until its artifact is valid. */
  executePhase(task: PhaseTask): Promise<PhaseOutcome>;
  /** Writes events to the mirror. Repeating it adds nothing. */
  recordEvents(run: RunRef, events: RunEvent[]): Promise<void>;
  /**
   * Writes the last events and the report. It gives the path of the report, or null where the disk refused it. A run
   * completes only with these artifacts.
   */
  closeRun(run: RunRef, events: RunEvent[], ending: RunEnding, artifacts: ArtifactRef[]): Promise<ClosedReport>;
  /** Reads and validates the artifact that a person edited while it waits at a gate. */
  checkEditedArtifact(look: EditedLook): Promise<EditedArtifact>;
  /** Tells people through one hook. */
  notify(hook: NotifyHook, notice: Notice): Promise<void>;
  /** Asks Temporal to cancel this run, so that an aborted run closes as Canceled. */
  requestCancellation(run: RunRef): Promise<void>;
  /** Checks and settles everything that a delivery needs, by the plan of the run. The run must have completed. */
  settleDelivery(order: DeliveryOrder): Promise<SettledDelivery>;
  /** Pushes the branch of the run, and nothing else. Repeating it changes nothing. */
  pushRunBranch(delivery: SettledDelivery): Promise<PushedBranch>;
  /** Opens the pull request of the branch, or finds the one that is open. */
  openPullRequest(delivery: SettledDelivery): Promise<FoundPullRequest>;
  /** Waits until the forge's checks of a commit have ended, or the time is up. Between two looks no worker is held. */
  waitForChecks(delivery: SettledDelivery, sha: string): Promise<ForgeChecks>;
  /** Pushes the branch of a run that waits at a gate, and opens a draft of its pull request, or writes it anew. */
  proposeForReview(delivery: SettledDelivery, request: ReviewRequest): Promise<ProposedBranch>;
  /** Waits for a review of a pull request, however long. Between two looks no worker is held, and history does not grow. */
  waitForReview(delivery: SettledDelivery, look: ReviewLook): Promise<ReviewNews>;
  /** Writes how the deliveries of a run ended into its report. */
  renewReport(run: RunRef): Promise<void>;
  /** How far reconciling has come for this task queue; null before the first pass. */
  readReconcileMark(): Promise<ReconcileMark | null>;
  /** Moves the mark after a complete pass. */
  moveReconcileMark(from: ReconcileMark | null, to: ReconcileMark): Promise<void>;
  /**
   * Closes runs in the mirror that Temporal has closed: one page of those, or of all runs that the mirror takes for
   * open.
   */
  reconcileRuns(page: ReconcilePage): Promise<ReconciledPage>;
  /** Finds runs that have ended in the mirror and are open in Temporal: one page of Temporal's open runs. */
  findReopenedRuns(look: ReopenedLook): Promise<ReopenedPage>;
}
