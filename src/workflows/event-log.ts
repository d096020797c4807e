import { condition, log, uuid4 } from '@temporalio/workflow';
import type { EventType, RunEvent } from '../domain/record/events.js';
import type { IgnoreReason } from '../domain/gate-decisions.js';
import { IgnoredTally } from '../domain/ignored-tally.js';
import type { JsonObject } from '../domain/text/json.js';
import { onceForAllMessages } from './once-an-activation.js';

/** Batches stay far below Temporal's blob limit of 2 MiB. A larger one would hang the workflow task. */
const MAX_BATCH_CHARACTERS = 200_000;

/** An event that is not written yet, and its length as JSON. */
interface Waiting {
  event: RunEvent;
  size: number;
}

/**
 * The events that the workflow has for the mirror. An event stays here until it is written, either by an activity that
 * runs anyway and takes it along, or by a flush. The run waits for a write only before it closes.
 */
export class EventLog {
  #unwritten: Waiting[] = [];
  readonly #ignored = new IgnoredTally();
  #writing = false;

  constructor(private readonly write: (events: RunEvent[]) => Promise<void>) {}

  /**
   * Notes that something happened now. The key is a deterministic uuid. A replay gives the same key. After a reset the
   * same place in the code gives another key, because that is another occurrence.
   */
  emit(type: EventType, payload: JsonObject = {}, phaseKey: string | null = null): void {
    this.#pushCount();
    this.#push(type, payload, phaseKey);
  }

  /**
   * Notes that a message had no effect. The first 100 of a run have events of their own; later ones are in a count that
   * stands before the next event.
   *
   * @returns whether it has an event of its own
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
   * The oldest events, as many as fit one payload. A phase writes them when it begins, and that may be hours later.
   * Until {@link written} says that they are written, a flush of later events takes them along, so that the order
   * holds.
   */
  oldest(): RunEvent[] {
    let size = 0;
    const tooMuch = this.#unwritten.findIndex((waiting, index) => {
      size += waiting.size;
      return index > 0 && size > MAX_BATCH_CHARACTERS;
    });
    return this.#unwritten.slice(0, tooMuch < 0 ? undefined : tooMuch).map(({ event }) => event);
  }

  /** Forgets events that are written. */
  written(events: readonly RunEvent[]): void {
    const keys = new Set(events.map(({ idempotencyKey }) => idempotencyKey));
    this.#unwritten = this.#unwritten.filter(({ event }) => !keys.has(event.idempotencyKey));
  }

  /**
   * Lets the activity that closes the run write the last events. No flush begins meanwhile: it would overtake them.
   *
   * @param activity - gets the events that are left, as many as fit one payload
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
   * Starts a write in the background, one for all messages that came together. Only one write runs at a time, so that
   * the order holds.
   */
  readonly flushSoon = onceForAllMessages(() => {
    if (!this.#writing) void this.#flush(0);
  });

  /** Waits until no flush is under way and the events that are left fit one payload. */
  async settle(): Promise<void> {
    await this.#idle();
    await this.#flush(MAX_BATCH_CHARACTERS);
  }

  /** Whether nothing waits to be written. */
  get isEmpty(): boolean {
    return this.#unwritten.length === 0 && !this.#ignored.hasCounted;
  }

  /** Writes all events that wait. Gives false where a write failed for good. */
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
   * Writes until no more than `enough` characters are left. Events that could not be written stay: the next write takes
   * them along.
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
      // it is retried without end, so it fails only when a person fails it by hand (temporal activity fail)
      log.warn('events could not be written, they go with the next write', { error: String(error) });
      return false;
    }
  }
}
