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
 * What the workflow has to tell the mirror. Events wait here until somebody has written them: an activity that takes
 * them along on its way, or a flush of their own. The run never waits for a write, except before it closes.
 */
export class EventLog {
  #pending: Waiting[] = [];
  /** Keys of those that a phase takes along: always the oldest. */
  readonly #lent = new Set<string>();
  readonly #ignored = new IgnoredTally();
  #flushing = false;

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
   * What an activity may write on its way, see `drop`: all that waits, or nothing while earlier events are being
   * written, which it might overtake. It waits on: a write that begins meanwhile takes it along, too.
   */
  next(): readonly RunEvent[] {
    return this.#flushing ? [] : this.#pending.map(({ event }) => event);
  }

  /**
   * What a phase writes as it begins, which may be in hours, or never: until `drop` or `takeBack`, a write of later
   * events takes these along, so that the order holds, but none begins for their sake. The caller has waited for
   * `settle`.
   */
  lend(): RunEvent[] {
    const events = this.#oldest();
    for (const { idempotencyKey } of events) this.#lent.add(idempotencyKey);
    return events;
  }

  /** Ends what `lend` began: whatever of it was not dropped waits for the next write. */
  takeBack(): void {
    this.#lent.clear();
  }

  /** Forgets events that somebody has written. */
  drop(events: readonly RunEvent[]): void {
    const keys = new Set(events.map(({ idempotencyKey }) => idempotencyKey));
    for (const key of keys) this.#lent.delete(key);
    this.#pending = this.#pending.filter(({ event }) => !keys.has(event.idempotencyKey));
  }

  /** Hands over the oldest events, as many as fit one payload; the caller must see that they are written. */
  take(): RunEvent[] {
    this.#pushCount();
    const events = this.#oldest();
    this.drop(events);
    return events;
  }

  /**
   * Starts writing in the background, once for all messages that came together; one write at a time, so that the order
   * holds.
   */
  readonly flushSoon = onceForAllMessages(() => {
    if (!this.#flushing && this.#holdsMoreThan(0)) void this.#flush(0);
  });

  /** Waits until no write is under way and what is left to take fits one batch. */
  async settle(): Promise<void> {
    await condition(() => !this.#flushing);
    await this.#flush(MAX_BATCH_CHARACTERS);
  }

  /** Whether nothing waits to be written. */
  get isEmpty(): boolean {
    return this.#pending.length === 0 && !this.#ignored.hasCounted;
  }

  /** Writes all that waits. Gives false where a write failed for good. */
  async writeAll(): Promise<boolean> {
    await condition(() => !this.#flushing);
    this.#pushCount();
    await this.#flush(0);
    return this.isEmpty;
  }

  #push(type: EventType, payload: JsonObject, phaseKey: string | null): void {
    const event = { type, phaseKey, payload, idempotencyKey: `${type}:${uuid4()}`, ts: new Date().toISOString() };
    this.#pending.push({ event, size: JSON.stringify(event).length });
  }

  #pushCount(): void {
    const counted = this.#ignored.take();
    if (counted) this.#push('ignored_counted', { ...counted, reasons: counted.reasons }, null);
  }

  /** All that are lent, and the oldest of the others, as many as fit one payload beside them. */
  #oldest(): RunEvent[] {
    let size = 0;
    let end = this.#lent.size;
    for (; end < this.#pending.length; end++) {
      size += this.#pending[end]?.size ?? 0;
      if (end > this.#lent.size && size > MAX_BATCH_CHARACTERS) break;
    }
    return this.#pending.slice(0, end).map(({ event }) => event);
  }

  /** Whether those that wait for a write of their own have more than so many characters. */
  #holdsMoreThan(characters: number): boolean {
    let size = 0;
    for (let at = this.#lent.size; at < this.#pending.length && size <= characters; at++)
      size += this.#pending[at]?.size ?? 0;
    return size > characters;
  }

  /**
   * Writes batches until no more than `enough` characters are left. A batch that failed waits on: the next write takes
   * it along.
   */
  async #flush(enough: number): Promise<void> {
    this.#flushing = true;
    try {
      for (let more = this.#holdsMoreThan(enough); more; more = this.#holdsMoreThan(enough)) {
        const batch = this.#oldest();
        if (!(await this.#tryWrite(batch))) return;
        this.drop(batch);
      }
    } finally {
      this.#flushing = false;
    }
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
