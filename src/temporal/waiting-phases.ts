import type { Client } from '@temporalio/client';
import type { InjectedSinks } from '@temporalio/worker';
import type { RunEvent } from '../domain/record/events.js';
import type { PhaseTask } from '../domain/phase-contract.js';
import type { RunRef } from '../domain/run-state.js';
import type { WorkerNotes } from '../domain/worker-notes.js';
import { readScheduledPhase, type ExecutionRef } from './scheduled-phase.js';

/** Most phases begin in less, and write their events themselves. */
const WAITS_AFTER_MS = 500;
const AGAIN_AFTER_MS = 5_000;
/** Those that begin on other workers are never asked for. */
const TOLD_KEPT = 10_000;

/** What is written to. */
export interface EventMirror {
  /** Adds what is new of a run's events. */
  appendEvents(run: RunRef, events: readonly RunEvent[]): Promise<unknown>;
}

interface Scheduled extends ExecutionRef {
  /** By `performance.now()`. */
  dueAt: number;
}

/**
 * Writes what happened to runs whose next phase waits for a place, for hours perhaps, so that the mirror does not wait
 * with them.
 * What is written is read from history, since a workflow task that tells of a phase may fail. It adds nothing to a run
 * and nothing depends on it: the phase writes the same events as it begins, and what is there already is not written
 * twice.
 */
export class WaitingPhases {
  /** By occurrence, in the order in which they were scheduled. */
  readonly #scheduled = new Map<string, Scheduled>();
  /** Occurrences, oldest first. */
  readonly #told = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #telling: Promise<void> | null = null;
  #isClosed = false;

  constructor(
    private readonly client: Client,
    private readonly mirror: EventMirror,
  ) {}

  /** Takes the notes of workflows. */
  readonly sinks: InjectedSinks<WorkerNotes> = {
    phases: {
      scheduled: {
        fn: ({ workflowId, runId }, occurrence) => {
          this.#scheduled.set(occurrence, {
            workflowId,
            executionRunId: runId,
            dueAt: performance.now() + WAITS_AFTER_MS,
          });
          this.#wait();
        },
      },
    },
  };

  /** A phase begins in this process. @returns what it is to do: its events are left out where they are in the mirror */
  begin(task: PhaseTask): PhaseTask {
    this.#scheduled.delete(task.occurrence);
    return this.#told.delete(task.occurrence) ? { ...task, events: [] } : task;
  }

  /** Ends all waiting. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#telling;
  }

  /** Waits for the next one, if nothing else is under way. */
  #wait(atLeastMs = 0): void {
    const [first] = this.#scheduled;
    if (!first || this.#timer || this.#telling || this.#isClosed) return;
    const [occurrence, phase] = first;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        if (!this.#scheduled.has(occurrence)) return this.#wait();
        this.#telling = this.#tell(occurrence, phase).then((isTold) => {
          this.#telling = null;
          const isOpen = this.#scheduled.delete(occurrence) && !isTold;
          // behind the others: it may be the only one that can't be told
          if (isOpen) this.#scheduled.set(occurrence, phase);
          this.#wait(isOpen ? AGAIN_AFTER_MS : 0);
        });
      },
      Math.max(atLeastMs, phase.dueAt - performance.now()),
    );
    this.#timer.unref();
  }

  /** One at a time: this is for those that can wait, and must not take the connections of those at work. */
  async #tell(occurrence: string, phase: Scheduled): Promise<boolean> {
    try {
      const task = await readScheduledPhase(this.client, phase);
      if (task?.occurrence !== occurrence) return true;
      await this.mirror.appendEvents(task.run, task.events);
      this.#keepTold(occurrence);
      return true;
    } catch {
      // Temporal or PostgreSQL is away, as for every other: their turn comes when they are back
      return false;
    }
  }

  #keepTold(occurrence: string): void {
    // it may have begun meanwhile
    if (this.#scheduled.has(occurrence)) this.#told.add(occurrence);
    const [oldest = ''] = this.#told;
    if (this.#told.size > TOLD_KEPT) this.#told.delete(oldest);
  }
}
