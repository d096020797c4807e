import { condition, log, uuid4 } from '@temporalio/workflow';
import type { EventType, RunEvent } from '../domain/events.js';
import type { JsonObject } from '../domain/json.js';

/** Batches stay far below Temporal's 2 MiB blob limit, which would hang the workflow task. */
const MAX_BATCH_CHARACTERS = 200_000;

/**
 * What the workflow has to tell the mirror. Events wait here until somebody has written them: an activity that takes them along on its
 * way, or a flush of their own. The run never waits for a write, except before it closes.
 */
export class EventLog {
  #pending: RunEvent[] = [];
  /** Keys of those of them that a phase takes along. */
  readonly #lent = new Set<string>();
  #flushing = false;

  constructor(private readonly write: (events: RunEvent[]) => Promise<void>) {}

  /**
   * Notes that something happened now. The key is a deterministic uuid: replay gives the same one, and after a reset
   * the same place in the code gives another, since it is another occurrence.
   */
  emit(type: EventType, payload: JsonObject = {}, phaseKey: string | null = null): void {
    this.#pending.push({ type, phaseKey, payload, idempotencyKey: `${type}:${uuid4()}`, ts: new Date().toISOString() });
  }

  /**
   * What an activity may write on its way, see `drop`: all that waits, or nothing while earlier events are being written, which it might
   * overtake. It waits on: a write that begins meanwhile takes it along, too.
   */
  next(): readonly RunEvent[] {
    return this.#flushing ? [] : [...this.#pending];
  }

  /**
   * What a phase writes as it begins, which may be in hours, or never: until `drop` or `takeBack`, a write of later events takes these
   * along, so that the order holds, but none begins for their sake. The caller has waited for `settle`.
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
    this.#pending = this.#pending.filter(({ idempotencyKey }) => !keys.has(idempotencyKey));
  }

  /** Hands over the oldest events, as many as fit one payload; the caller must see that they are written. */
  take(): RunEvent[] {
    const events = this.#oldest();
    this.drop(events);
    return events;
  }

  /** Starts writing in the background; one write at a time, so that the order holds. */
  flushSoon(): void {
    if (this.#flushing || this.#own().length === 0) return;
    void this.#flush(1);
  }

  /** Waits until no write is under way and what is left to take fits one batch. */
  async settle(): Promise<void> {
    await condition(() => !this.#flushing);
    await this.#flush(MAX_BATCH_CHARACTERS);
  }

  /** Whether nothing waits to be written. */
  get isEmpty(): boolean {
    return this.#pending.length === 0;
  }

  /** Writes all that waits. Gives false where a write failed for good. */
  async writeAll(): Promise<boolean> {
    await condition(() => !this.#flushing);
    await this.#flush(1);
    return this.isEmpty;
  }

  /** Those that wait for a write of their own. */
  #own(): RunEvent[] {
    return this.#pending.filter(({ idempotencyKey }) => !this.#lent.has(idempotencyKey));
  }

  /** All that are lent, and the oldest of the others, as many as fit one payload beside them. */
  #oldest(): RunEvent[] {
    let size = 0;
    let count = 0;
    for (const event of this.#own()) {
      size += JSON.stringify(event).length;
      if (count > 0 && size > MAX_BATCH_CHARACTERS) break;
      count++;
    }
    return this.#pending.slice(0, this.#lent.size + count);
  }

  /** Writes batches until less than `enough` characters are left. A batch that failed waits on: the next write takes it along. */
  async #flush(enough: number): Promise<void> {
    this.#flushing = true;
    try {
      for (let own = this.#own(); own.length > 0 && JSON.stringify(own).length > enough; own = this.#own()) {
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
