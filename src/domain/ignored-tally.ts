import type { IgnoreReason } from './gate-decisions.js';

/** This many messages without effect are recorded one by one in a run. Later ones are counted. */
export const MAX_RECORDED = 100;

/** Messages that were counted and not recorded, in the form of the event `ignored_counted`. */
export interface IgnoredCount {
  count: number;
  /** How many there were for each reason. */
  reasons: Partial<Record<IgnoreReason, number>>;
  /** Times of the first and the last of them; ISO 8601. */
  firstAt: string;
  lastAt: string;
}

/** Counts a run's messages without effect. It keeps no more when there are more of them. */
export class IgnoredTally {
  #total = 0;
  #counted: IgnoredCount | null = null;

  /** How many there were in the whole run. */
  get total(): number {
    return this.#total;
  }

  /** Whether `take` would give something. */
  get hasCounted(): boolean {
    return this.#counted !== null;
  }

  /**
   * Counts one more message.
   *
   * @param at - ISO 8601
   * @returns whether the message is to be recorded by itself; if not, it was counted
   */
  add(reason: IgnoreReason, at: string): boolean {
    this.#total++;
    if (this.#total <= MAX_RECORDED) return true;
    const { count, reasons, firstAt }: IgnoredCount = this.#counted ?? {
      count: 0,
      reasons: {},
      firstAt: at,
      lastAt: at,
    };
    reasons[reason] = (reasons[reason] ?? 0) + 1;
    this.#counted = { count: count + 1, reasons, firstAt, lastAt: at };
    return false;
  }

  /** The messages that were counted since the last call; null where there were none. */
  take(): IgnoredCount | null {
    const counted = this.#counted;
    this.#counted = null;
    return counted;
  }
}
