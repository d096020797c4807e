import type { IgnoreReason } from './gate-decisions.js';

/** So many messages without effect are recorded each, in a run; the others are counted. */
export const MAX_RECORDED = 100;

/** Messages that were counted and not recorded, as the event `ignored_counted` tells of them. */
export interface IgnoredCount {
  count: number;
  /** How many there were for each reason. */
  reasons: Partial<Record<IgnoreReason, number>>;
  /** Of the first and the last of them; ISO 8601. */
  firstAt: string;
  lastAt: string;
}

/** Counts a run's messages without effect. What it keeps doesn't grow with them. */
export class IgnoredTally {
  #total = 0;
  #counted: IgnoredCount | null = null;

  /** All of the run. */
  get total(): number {
    return this.#total;
  }

  /** Whether there is something to take. */
  get hasCounted(): boolean {
    return this.#counted !== null;
  }

  /**
   * One more.
   *
   * @param at - ISO 8601
   * @returns whether it is to be recorded by itself; else it was counted
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

  /** What was counted since the last call; null where nothing was. */
  take(): IgnoredCount | null {
    const counted = this.#counted;
    this.#counted = null;
    return counted;
  }
}
