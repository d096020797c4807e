import { log } from '@temporalio/activity';
import { isGrpcServiceError } from '@temporalio/client';
import { cut, PhasegateError } from '../domain/failures.js';
import { earlier, type ReconciledPage, type ReconcilePage } from '../domain/record/reconcile.js';
import type { RunSummary } from '../domain/record/report-facts.js';
import { listClosed } from '../temporal/list-executions.js';
import { closeEndedRun, type UpkeepSurroundings } from './close-ended-run.js';

const MESSAGE_LENGTH = 500;

/**
 * Ends runs in the mirror that ended in Temporal and could not say so: a terminated run gets no chance to write. It
 * also makes the report of a run whose worker died between its last event and its report.
 *
 * @throws PhasegateError and errors of gRPC when PostgreSQL or Temporal is away; a run that can't be closed is named in
 *   the result
 */
export async function reconcilePage(
  surroundings: UpkeepSurroundings,
  { after, settleMs, of }: ReconcilePage,
): Promise<ReconciledPage> {
  const { candidates, next } = await findCandidates(surroundings, of, after);
  const page: ReconciledPage = { looked: candidates.length, closed: [], failed: [], leftSince: null, next };
  for (const { run, closedAt } of candidates) {
    surroundings.alive();
    try {
      const found = await closeEndedRun(surroundings, run, surroundings.now() - settleMs);
      if (found === 'young') page.leftSince = earlier(page.leftSince, closedAt);
      else if (found !== null) page.closed.push(found);
    } catch (error) {
      // when one run can't be closed, the others still are
      if (isSurroundings(error)) throw error;
      const { runId, workflowId } = run;
      log.error('the run could not be closed in the mirror', { runId, error: String(error) });
      const message = cut(error instanceof Error ? error.message : String(error), MESSAGE_LENGTH);
      page.failed.push({ runId, workflowId, message });
      page.leftSince = earlier(page.leftSince, closedAt);
    }
  }
  return page;
}

/** A run without an end or a report in the mirror, and the earliest time at which it can have closed (ISO 8601). */
interface Candidate {
  run: RunSummary;
  closedAt: string;
}

async function findCandidates(
  { client, mirror, taskQueue }: UpkeepSurroundings,
  of: ReconcilePage['of'],
  after: string | null,
): Promise<{ candidates: Candidate[]; next: string | null }> {
  if ('all' in of) {
    const runs = await mirror.unsettledRuns(after, of.all);
    const next = runs.length < of.all ? null : (runs.at(-1)?.runId ?? null);
    return { candidates: runs.map((run) => ({ run, closedAt: run.createdAt })), next };
  }
  const { executions, next } = await listClosed(client, taskQueue, of.closedSince, after);
  const closedAt = new Map<string, string | null>();
  for (const { workflowId, closedAt: at } of executions) {
    closedAt.set(workflowId, earlier(closedAt.get(workflowId) ?? null, at));
  }
  const runs = await mirror.unsettledRunsOf([...closedAt.keys()]);
  return { candidates: runs.map((run) => ({ run, closedAt: closedAt.get(run.workflowId) ?? run.createdAt })), next };
}

/** PostgreSQL or Temporal is away: the whole page is tried again. */
function isSurroundings(error: unknown): boolean {
  if (isGrpcServiceError(error)) return true;
  if (error instanceof PhasegateError) return /^(mirror|database)_/.test(error.code);
  return error instanceof Error && isGrpcServiceError(error.cause);
}
