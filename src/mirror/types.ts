import type { Pool } from 'pg';
import type { ModelSlots } from './model-slots.js';
import type { ArtifactError } from '../domain/artifact.js';
import type { CheckRun } from '../domain/check/check-run.js';
import type { Reservation } from '../domain/money/budget.js';
import type { ConversationStore, KeptConversation } from '../domain/record/conversation.js';
import type { RunEvent } from '../domain/record/events.js';
import type { JsonObject } from '../domain/text/json.js';
import type { ModelCall } from '../domain/record/model-call.js';
import type { Plan } from '../domain/plan.js';
import type { ReconcileMark } from '../domain/record/reconcile.js';
import type { Report } from '../domain/record/report.js';
import type { EventFacts, ReportFacts, RunSummary } from '../domain/record/report-facts.js';
import type { RunRef } from '../domain/run-state.js';
import type { StoryFacts } from '../domain/story/story-facts.js';
import type { Usage } from '../domain/money/usage.js';
import type { Template } from '../domain/template/template.js';
import type { MirroredRun } from '../domain/record/verify-run.js';

/**
 * The record of all runs in PostgreSQL, for reporting. Every write may be repeated; the repetition adds nothing. Every
 * write makes the run's row where it is missing, so the order of writes doesn't matter.
 *
 * All methods fail with PhasegateError `mirror_unavailable` while the database can't be used (try again later), with
 * `database_refused` while a person must act, and with `mirror_not_migrated` when its tables are not those of this
 * version.
 */
export interface Mirror {
  /** The connections. Don't end them: `close` does. */
  readonly pool: Pool;
  /** Does something with the connections. A failure of PostgreSQL gets its code, and any other error stays as it is. */
  whileThere<T>(query: () => Promise<T>): Promise<T>;
  /** The places for calls of backends. */
  readonly slots: ModelSlots;
  /** Records what a run is going to do. A plan that is made anew after a reset replaces the earlier one. */
  recordPlan(run: RunRef, plan: Plan, input: RecordedInput, template: Template): Promise<void>;
  /** Adds the events that are new, numbers them, and brings the tables made from them up to date (S19). */
  appendEvents(run: RunRef, events: readonly RunEvent[]): Promise<AppendResult>;
  recordArtifact(run: RunRef, artifact: ArtifactRecord): Promise<void>;
  recordModelCalls(run: RunRef, calls: readonly ModelCall[]): Promise<void>;
  /** Keeps one run of a command. */
  recordCheckRun(run: RunRef, check: CheckRun): Promise<void>;
  /** The runs of commands with these ids, as far as they are recorded. */
  readCheckRuns(runId: string, ids: readonly string[]): Promise<CheckRun[]>;
  /** The last runs of commands of a run, with their output, oldest first; at most 200. */
  listCheckRuns(runId: string): Promise<CheckRun[]>;
  /** The store that has the conversation of a phase. */
  conversation(run: RunRef, threadId: string): ConversationStore;
  /** Whether anything was said in a conversation. */
  hasConversation(runId: string, threadId: string): Promise<boolean>;
  /** All conversations of a run, in the order in which they began. */
  listConversations(runId: string): Promise<({ threadId: string } & KeptConversation)[]>;
  deleteConversations(runId: string): Promise<void>;
  /**
   * Deletes the conversations of runs that ended before a moment, or only counts them. @returns how many runs had any
   */
  deleteOldConversations(endedBefore: Date, dryRun: boolean): Promise<number>;
  saveReport(runId: string, report: Report): Promise<void>;
  /** The report of a run by its id or workflow id; null while it has none, undefined when there is no such run. */
  readReport(idOrWorkflowId: string): Promise<Report | null | undefined>;
  /** Keeps a page; one with the same id is replaced. */
  savePage(run: RunRef, page: RunPage): Promise<void>;
  /**
   * The newest page of a run, or the newest of one kind, by the run's id or workflow id. It is null while there is none,
   * and undefined when there is no such run.
   */
  readPage(idOrWorkflowId: string, kind?: RunPage['kind'] | null): Promise<RunPage | null | undefined>;
  /** The hashes, of those given, to which a person consented. */
  consentedHashes(hashes: readonly string[]): Promise<Set<string>>;
  giveConsent(consent: Consent): Promise<void>;
  /** All that a report is made from. It fails with `run_not_found`. */
  readReportFacts(runId: string): Promise<ReportFacts>;
  /** What a run is told by, beside these facts. It fails with `run_not_found`. */
  readStoryFacts(runId: string): Promise<StoryFacts>;
  /** What all model calls of a run used, also before a reset. */
  readUsage(runId: string): Promise<Usage>;
  /**
   * What the model calls of a run, and of one of its phases, count against budgets. The replies of one conversation are
   * left out.
   */
  readSpent(
    runId: string,
    conversation: { phaseKey: string; threadId: string },
  ): Promise<{ run: Reservation; phase: Reservation }>;
  /**
   * Whether the ledger has a reply to this call. The call is identified by its conversation and the time at which it
   * began.
   */
  hasReply(runId: string, call: Pick<ModelCall, 'threadId' | 'ts'>): Promise<boolean>;
  /** Whether an event with this key is there. */
  hasEvent(runId: string, idempotencyKey: string): Promise<boolean>;
  /** A run by its id, else the newest with that workflow id. */
  findRun(idOrWorkflowId: string): Promise<RunSummary | null>;
  /** The exact bytes of an artifact; null when they are not kept (it is unknown, or over 1 MiB). */
  readArtifact(runId: string, sha256: string): Promise<Buffer | null>;
  /** The schema of a phase's artifact and all that it refers to, by `$id`; empty where they are not kept. */
  readArtifactSchemas(runId: string, phaseKey: string): Promise<Record<string, JsonObject>>;
  /** Events of a run after `after` (0: from the first), in order, at most `limit`. */
  listEvents(runId: string, after: number, limit: number): Promise<EventFacts[]>;
  /** Runs that have no end or no report, by run id, after `after`, at most `limit`. */
  unsettledRuns(after: string | null, limit: number): Promise<RunSummary[]>;
  /** The same, for the runs with these workflow ids. */
  unsettledRunsOf(workflowIds: readonly string[]): Promise<RunSummary[]>;
  /** How far reconciling has come for a task queue; null before the first pass. */
  readReconcileMark(queue: string): Promise<ReconcileMark | null>;
  /** Moves it from the value that was read, unless another pass has moved it meanwhile. */
  moveReconcileMark(queue: string, from: ReconcileMark | null, to: ReconcileMark): Promise<void>;
  /** The newest run of each of the workflow ids. */
  newestRuns(workflowIds: readonly string[]): Promise<RunSummary[]>;
  /** How much is open, for metrics. */
  readLoad(): Promise<Load>;
  /** When the newest event of all runs happened (ISO 8601); null while there is none. */
  newestEventAt(): Promise<string | null>;
  /** All that the mirror has about a run, for a comparison with history; null when it has no such run. */
  readMirroredRun(runId: string): Promise<MirroredRun | null>;
  /** All events of a run with their keys, by number. */
  readEvents(runId: string): Promise<MirroredRun['events']>;
  /** All artifacts of a run, and whether their bytes are still the same. */
  listArtifacts(runId: string): Promise<MirroredRun['artifacts']>;
  /**
   * Which of a run's tables made from events differ from what the events make. It replays all events and changes
   * nothing.
   */
  differingTables(runId: string): Promise<string[]>;
  /** Makes a run's events whole, and makes the tables that are made from them anew. The given events win. */
  rebuildEvents(run: RunRef, events: readonly RunEvent[]): Promise<RebuiltEvents>;
  /** The requirements that a run was started with; null when they are not kept. */
  readRequirements(runId: string): Promise<string | null>;
  /** The template with that content; null when it is not kept. */
  readTemplate(hash: string): Promise<Template | null>;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** What is open in the whole mirror. */
export interface Load {
  /** Open runs by their state. */
  runs: Record<string, number>;
  openGates: number;
}

/** The parts of a run's input that the plan doesn't hold. */
export interface RecordedInput {
  requirements: string;
  objective: string | null;
  extra: JsonObject;
}

export interface AppendResult {
  /** How many of the events were new. */
  appended: number;
  /**
   * Events whose key was met before with other content: a defect in the code that made the keys. Each is stored as an
   * alarm, `event_conflict`.
   */
  conflicts: RunEvent[];
}

/** What a rebuild did to a run's events. */
export interface RebuiltEvents {
  added: number;
  /** Corrected: they differed from what history has. */
  corrected: number;
  total: number;
}

/** A file that an agent left, as one attempt found it (S14). */
export interface ArtifactRecord {
  phaseKey: string;
  /** Identifies the execution of the phase. It is another one after a reset or a revision. */
  occurrence: string;
  /** The pass of the phase, from 1. */
  round: number;
  /** Counts from 1 within the occurrence. */
  attempt: number;
  path: string;
  schemaId: string;
  /** sha256 of `raw`, or of the whole file where it is too large to pass on. */
  sha256: string;
  bytes: number;
  valid: boolean;
  /** Class of what is wrong (`not_json`, `schema` …), null for a valid one. */
  reason: string | null;
  errors: readonly ArtifactError[];
  /** The document as `storedJsonText` makes it; null for one that is not valid. */
  content: string | null;
  /** The file. It is stored up to 1 MiB, and null when it is larger. */
  raw: Uint8Array | null;
  /** ISO 8601, when the file was looked at. */
  ts: string;
}

/** A person's consent to one content of a persona. */
export interface Consent {
  personaHash: string;
  personaName: string;
  personaVersion: string;
  consentedBy: string;
}

/** A page that people read: what was to be decided at a gate, or the report of a run. */
export interface RunPage {
  /** The request of the gate (the first of those that opened together); `report` for the report. */
  id: string;
  kind: 'review' | 'report';
  /** Of a gate; null for the report. */
  phaseKey: string | null;
  gate: string | null;
  round: number | null;
  /** sha256 of `html`. */
  sha256: string;
  html: string;
  /** ISO 8601, when it was made. */
  ts: string;
}
