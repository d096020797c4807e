import type { EditedLook } from '../activity-contract.js';
import { isPhaseOutcome } from '../activity-results.js';
import type { ArtifactRef } from '../artifact.js';
import type { RunEvent } from './events.js';
import { isJsonObject } from '../text/json.js';
import type { PhaseOutcome, PhaseTask } from '../phase-contract.js';

/** An event that history shows on its way to the mirror. */
export interface SentEvent extends RunEvent {
  /** Whether it must have arrived, because the activity that took it along has ended well. */
  certain: boolean;
}

/** An execution of a phase, as history tells it. */
export interface PastPhase {
  task: PhaseTask;
  /** Null while it runs, and when it failed. */
  outcome: PhaseOutcome | null;
  /** How many attempts it made and how it failed; null when it did not fail. */
  failed: { code: string; attempts: number } | null;
  /** The execution of the run in which it ended last, and the time (ISO 8601). */
  executionRunId: string;
  endedAt: string | null;
}

/** A look at an artifact that a person edited. */
export interface PastEdit {
  look: EditedLook;
  /** The valid artifact that was found; null while it is looked at, and when no valid one was found. */
  artifact: ArtifactRef | null;
  /** ISO 8601. */
  endedAt: string | null;
}

/** What must be in the mirror, as a run's history says. */
export interface HistoryFacts {
  /** Each event once, in the order in which they were handed over. */
  sent: SentEvent[];
  /** The same for the deliveries of the run, which are workflows of their own. */
  delivered: SentEvent[];
  phases: PastPhase[];
  /** Artifacts that a person edited while they waited at a gate. */
  edits: PastEdit[];
  executionRunIds: string[];
  /** How the newest execution closed in Temporal; null while it is open. */
  closedAs: string | null;
}

/** The input of {@link historyFacts}: see `readRunHistory` (src/temporal). */
interface Execution {
  executionRunId: string;
  status: string;
  activities: readonly {
    type: string;
    input: readonly unknown[];
    outcome: string;
    result: unknown;
    code: string | null;
    details: unknown;
    endedAt: string | null;
  }[];
}

/** Codes of failures that come before the first write. */
const BEFORE_WRITING = new Set(['mirror_unavailable', 'mirror_not_migrated', 'database_refused']);

/**
 * Finds in a run's executions what they sent to the mirror.
 *
 * @param executions - oldest first
 * @param deliveries - executions of `deliverRun` for this run, oldest first
 */
export function historyFacts(executions: readonly Execution[], deliveries: readonly Execution[] = []): HistoryFacts {
  const sent = new Map<string, SentEvent>();
  const phases = new Map<string, PastPhase>();
  const edits = new Map<string, PastEdit>();
  for (const { executionRunId, activities } of executions) {
    for (const { type, input, outcome, result, code, details, endedAt } of activities) {
      for (const event of eventsOf(type, input)) {
        // the run had not completed after all: `closeRun` said so, and did not write this event
        if (event.type === 'run_completed' && isJsonObject(result) && typeof result.changed === 'string') continue;
        note(sent, event, hasArrived(outcome, code));
      }
      if (type === 'checkEditedArtifact' && isJsonObject(input[0])) {
        const look = input[0] as unknown as EditedLook;
        const artifact =
          isJsonObject(result) && result.kind === 'valid' ? (result.artifact as unknown as ArtifactRef) : null;
        edits.set(`${look.requestId}:${look.sha256}`, { look, artifact, endedAt });
      }
      if (type !== 'executePhase' || !isJsonObject(input[0])) continue;
      const task = input[0] as unknown as PhaseTask;
      const before = phases.get(task.occurrence);
      // after a reset an execution has the earlier ones again; what it did anew counts
      if (before && ((outcome !== 'completed' && outcome !== 'failed') || before.endedAt === endedAt)) continue;
      phases.set(task.occurrence, {
        task,
        outcome: outcome === 'completed' && isPhaseOutcome(result) ? result : null,
        failed: outcome === 'failed' ? failedOf(code, details) : null,
        executionRunId,
        endedAt,
      });
    }
  }
  const delivered = new Map<string, SentEvent>();
  for (const { type, input, outcome, code } of deliveries.flatMap(({ activities }) => activities))
    for (const event of eventsOf(type, input)) note(delivered, event, hasArrived(outcome, code));
  const newest = executions.at(-1);
  return {
    sent: [...sent.values()],
    delivered: [...delivered.values()],
    phases: [...phases.values()],
    edits: [...edits.values()],
    executionRunIds: executions.map(({ executionRunId }) => executionRunId),
    closedAs: newest && newest.status !== 'RUNNING' && newest.status !== 'PAUSED' ? newest.status : null,
  };
}

function hasArrived(outcome: string, code: string | null): boolean {
  return outcome === 'completed' || (outcome === 'failed' && !BEFORE_WRITING.has(code ?? ''));
}

function note(events: Map<string, SentEvent>, event: RunEvent, certain: boolean): void {
  const known = events.get(event.idempotencyKey);
  events.set(event.idempotencyKey, { ...event, certain: certain || known?.certain === true });
}

/** The events that an activity was to write on the way. */
function eventsOf(type: string, input: readonly unknown[]): RunEvent[] {
  const events = type === 'executePhase' && isJsonObject(input[0]) ? input[0].events : input[EVENTS_AT[type] ?? -1];
  return Array.isArray(events) ? (events as RunEvent[]) : [];
}

/** The position of the events among an activity's arguments. */
const EVENTS_AT: Partial<Record<string, number>> = { recordEvents: 1, closeRun: 1 };

function failedOf(code: string | null, details: unknown): PastPhase['failed'] {
  return {
    code: code ?? '',
    attempts: isJsonObject(details) && typeof details.attempts === 'number' ? details.attempts : 0,
  };
}
