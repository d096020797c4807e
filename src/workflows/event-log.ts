import { condition, log, uuid4 } from '@temporalio/workflow';
import type { EventType, RunEvent } from '../domain/record/events.js';
import type { IgnoreReason } from '../domain/gate-decisions.js';
import { IgnoredTally } from '../domain/ignored-tally.js';
import type { JsonObject } from '../domain/text/json.js';
import { onceForAllMessages } from './once-an-activation.js';

/** Batches stay far below Temporal's 2 MiB blob limit, which would hang the workflow task. */
const MAX_BATCH_CHARACTERS = 200_000;

/** An event that nobody has written, and its length as JSON. */
interface Waiting {
  event: RunEvent;
  size: number;
}

/**
 * What the workflow has to tell the mirror. An event stays here until somebody has written it: an activity that runs
 * anyway and takes it along, or a flush. The run never waits for a write, except before it closes.
 */
export class EventLog {
  #unwritten: Waiting[] = [];
  readonly #ignored = new IgnoredTally();
  #writing = false;

  constructor(private readonly write: (events: RunEvent[]) => Promise<void>) {}

  /**
   * Notes that something happened now. The key is a deterministic uuid: replay gives the same one, and after a reset
   * the same place in the code gives another, since it is another occurrence.
   */
  emit(type: EventType, payload: JsonObject = {}, phaseKey: string | null = null): void {
    this.#pushCount();
    this.#push(type, payload, phaseKey);
  }

  /**
   * Notes that a message had no effect: by itself or, from the 101st of a run on, in a count that stands before the
   * next event.
   *
   * @returns whether it is recorded by itself
   */
  emitIgnored(reason: IgnoreReason, payload: () => JsonObject): boolean {
    const isRecorded = this.#ignored.add(reason, new Date().toISOString());
    if (isRecorded) this.#push('decision_ignored', { reason, ...payload() }, null);
    return isRecorded;
  }

  /** How many messages of the run had no effect. */
  get ignoredTotal(): number {
    return this.#ignored.total;
  }

  /**
   * The oldest events, as many as fit one payload, for a phase to write as it begins. That may be in hours: until
   * {@link written} says that they are, a flush of later events takes these along, so that the order holds.
   */
  oldest(): RunEvent[] {
    let size = 0;
    const tooMuch = this.#unwritten.findIndex((waiting, index) => {
      size += waiting.size;
      return index > 0 && size > MAX_BATCH_CHARACTERS;
    });
    return this.#unwritten.slice(0, tooMuch < 0 ? undefined : tooMuch).map(({ event }) => event);
  }

  /** Forgets events that somebody has written. */
  written(events: readonly RunEvent[]): void {
    const keys = new Set(events.map(({ idempotencyKey }) => idempotencyKey));
    this.#unwritten = this.#unwritten.filter(({ event }) => !keys.has(event.idempotencyKey));
  }

  /**
   * Has the activity that closes the run write the last events. No flush begins meanwhile: it would overtake them.
   *
   * @param activity - gets what is left, as much as fits one payload
   */
  async writeLast<T>(activity: (events: RunEvent[]) => Promise<T>): Promise<T> {
    await this.settle();
    this.#writing = true;
    try {
      this.#pushCount();
      const events = this.oldest();
      const result = await activity(events);
      this.written(events);
      return result;
    } finally {
      this.#writing = false;
    }
  }

  /**
   * Starts writing in the background, once for all messages that came together; one write at a time, so that the order
   * holds.
   */
  readonly flushSoon = onceForAllMessages(() => {
    if (!this.#writing) void this.#flush(0);
  });

  /** Waits until no flush is under way and what is left fits one payload. */
  async settle(): Promise<void> {
    await this.#idle();
    await this.#flush(MAX_BATCH_CHARACTERS);
  }

  /** Whether nothing waits to be written. */
  get isEmpty(): boolean {
    return this.#unwritten.length === 0 && !this.#ignored.hasCounted;
  }

  /** Writes all that waits. Gives false where a write failed for good. */
  async writeAll(): Promise<boolean> {
    await this.#idle();
    this.#pushCount();
    await this.#flush(0);
    return this.isEmpty;
  }

  /** Waits until no write is under way. */
  async #idle(): Promise<void> {
    while (this.#writing) await condition(() => !this.#writing);
  }

  #push(type: EventType, payload: JsonObject, phaseKey: string | null): void {
    const event = { type, phaseKey, payload, idempotencyKey: `${type}:${uuid4()}`, ts: new Date().toISOString() };
    this.#unwritten.push({ event, size: JSON.stringify(event).length });
  }

  #pushCount(): void {
    const counted = this.#ignored.take();
    if (counted) this.#push('ignored_counted', { ...counted, reasons: counted.reasons }, null);
  }

  /**
   * Writes until no more than `enough` characters are left. What could not be written waits on: the next write takes it
   * along.
   */
  async #flush(enough: number): Promise<void> {
    this.#writing = true;
    try {
      while (this.#size > enough) {
        const events = this.oldest();
        if (!(await this.#tryWrite(events))) return;
        this.written(events);
      }
    } finally {
      this.#writing = false;
    }
  }

  get #size(): number {
    return this.#unwritten.reduce((sum, { size }) => sum + size, 0);
  }

  async #tryWrite(batch: RunEvent[]): Promise<boolean> {
    try {
      await this.write(batch);
      return true;
    } catch (error) {
      // retried without end, so only a person's hand (temporal activity fail) gets here
      log.warn('events could not be written, they go with the next write', { error: String(error) });
      return false;
    }
  }
}
