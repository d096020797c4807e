import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import { isJsonObject } from '../domain/text/json.js';
import {
  earlier,
  LOOKED_AT_ONCE,
  lookedUntil,
  lookSince,
  SETTLE_MS,
  SWEPT_AT_ONCE,
  type MarkedPass,
  type ReconciledPage,
  type ReconcileResult,
} from '../domain/record/reconcile.js';
import {
  findReopenedRuns,
  moveReconcileMark,
  readReconcileMark,
  reconcileRuns as reconcilePage,
} from './activities.js';

/** Limits of one execution and of the result. A pass with more pages goes on in a new execution. */
const MAX_PAGES = 100;
const MAX_LISTED = 200;

/** A pass, as an execution hands it to the next. */
interface Pass extends MarkedPass {
  step: 'closing' | 'sweeping' | 'looking' | 'done';
  after: string | null;
  leftSince: string | null;
  sweptTo: string | null;
  result: ReconcileResult;
}

/** What a pass is started with, or goes on with. */
interface Options {
  settleMs: number;
  full: boolean;
  pass?: Pass;
}

/**
 * A pass that makes the mirror agree with Temporal, page by page. Any number may run at once.
 *
 * @param given - `settleMs`: runs that changed less than this ago are left alone (default: one minute); `full`: look at
 *   every run without an end, and not only at those that closed since the last complete pass
 */
export async function reconcileRuns(given: unknown): Promise<ReconcileResult> {
  const options = readOptions(given);
  const pass = options.pass ?? (await begin(options));
  const steps = { closing: closePage, sweeping: sweepPage, looking: lookPage };
  for (let pages = 0; pass.step !== 'done'; pages++) {
    if (pages === MAX_PAGES) return continueAsNew<typeof reconcileRuns>({ ...options, pass } satisfies Options);
    await steps[pass.step](pass, options);
  }
  // only here, at the end: a pass that breaks off has not looked at everything
  await moveReconcileMark(pass.mark, { lookedUntil: lookedUntil(pass, pass.leftSince), sweptTo: pass.sweptTo });
  return pass.result;
}

async function begin({ settleMs }: Options): Promise<Pass> {
  const result: ReconcileResult = { looked: 0, closedCount: 0, closed: [], failed: [], reopened: [] };
  const mark = await readReconcileMark();
  const beganAt = workflowInfo().startTime.getTime();
  return { beganAt, settleMs, mark, step: 'closing', after: null, leftSince: null, sweptTo: null, result };
}

async function closePage(pass: Pass, { settleMs, full }: Options): Promise<void> {
  const of = full ? { all: LOOKED_AT_ONCE } : { closedSince: lookSince(pass) };
  const page = await reconcilePage({ after: pass.after, settleMs, of });
  count(pass.result, page);
  pass.leftSince = earlier(pass.leftSince, page.leftSince);
  pass.after = page.next;
  if (page.next === null) pass.step = full ? 'looking' : 'sweeping';
}

async function sweepPage(pass: Pass, { settleMs }: Options): Promise<void> {
  const page = await reconcilePage({ after: pass.mark?.sweptTo ?? null, settleMs, of: { all: SWEPT_AT_ONCE } });
  count(pass.result, page);
  pass.sweptTo = page.next;
  pass.step = 'looking';
}

async function lookPage(pass: Pass, { settleMs, full }: Options): Promise<void> {
  const openedSince = full ? null : lookSince(pass);
  const { reopened, next } = await findReopenedRuns({ after: pass.after, settleMs, openedSince });
  add(pass.result.reopened, reopened);
  pass.after = next;
  if (next === null) pass.step = 'done';
}

function readOptions(given: unknown): Options {
  const { settleMs, full, pass } = isJsonObject(given) ? given : {};
  const isTime = typeof settleMs === 'number' && settleMs >= 0;
  const goesOn = isJsonObject(pass) && { pass: pass as unknown as Pass };
  return { settleMs: isTime ? settleMs : SETTLE_MS, full: full === true, ...goesOn };
}

function count(result: ReconcileResult, { looked, closed, failed }: ReconciledPage): void {
  result.looked += looked;
  result.closedCount += closed.length;
  add(result.closed, closed);
  const known = new Set(result.failed.map(({ runId }) => runId));
  add(
    result.failed,
    failed.filter(({ runId }) => !known.has(runId)),
  );
}

function add<T>(list: T[], more: readonly T[]): void {
  list.push(...more.slice(0, MAX_LISTED - list.length));
}
