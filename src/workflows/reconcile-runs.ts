import { isJsonObject } from '../domain/json.js';
import { SETTLE_MS, type ReconcileResult } from '../domain/reconcile.js';
import { findReopenedRuns, reconcileRuns as reconcilePage } from './activities.js';

/** Bounds of one pass: its history and its result stay small; the next pass goes on. */
const MAX_PAGES = 100;
const MAX_LISTED = 200;

/**
 * A pass that makes the mirror agree with Temporal, page by page. Any number may run at once.
 *
 * @param options - `settleMs`: what changed less than this ago is left alone, default one minute
 */
export async function reconcileRuns(options: unknown): Promise<ReconcileResult> {
  const settleMs = isJsonObject(options) && typeof options.settleMs === 'number' && options.settleMs >= 0 ? options.settleMs : SETTLE_MS;
  const result: ReconcileResult = { looked: 0, closedCount: 0, closed: [], failed: [], reopened: [], complete: true };
  const closing = await eachPage(async (after) => {
    const { looked, closed, failed, next } = await reconcilePage({ after, settleMs });
    result.looked += looked;
    result.closedCount += closed.length;
    add(result.closed, closed);
    add(result.failed, failed);
    return next;
  });
  const looking = await eachPage(async (after) => {
    const { reopened, next } = await findReopenedRuns({ after, settleMs });
    add(result.reopened, reopened);
    return next;
  });
  return { ...result, complete: closing && looking };
}

/** @returns whether the last page was reached */
async function eachPage(page: (after: string | null) => Promise<string | null>): Promise<boolean> {
  let after: string | null = null;
  for (let count = 0; count < MAX_PAGES; count++) {
    after = await page(after);
    if (after === null) return true;
  }
  return false;
}

function add<T>(list: T[], more: readonly T[]): void {
  list.push(...more.slice(0, MAX_LISTED - list.length));
}
