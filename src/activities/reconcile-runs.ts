import { existsSync } from 'node:fs';
import { activityInfo, Context, log } from '@temporalio/activity';
import { isGrpcServiceError, type Client } from '@temporalio/client';
import type { Activities } from '../domain/activity-contract.js';
import type { RunEvent } from '../domain/record/events.js';
import { cut, PhasegateError } from '../domain/failures.js';
import { historyFacts } from '../domain/record/history-facts.js';
import {
  closingEvent,
  earlier,
  untoldEvents,
  type ClosedRun,
  type ReconciledPage,
  type ReconcilePage,
} from '../domain/record/reconcile.js';
import type { RunSummary } from '../domain/record/report-facts.js';
import type { Report } from '../domain/record/report.js';
import { isTerminal, type RunRef, type RunEnding } from '../domain/run-state.js';
import { findExecution, readEnding, type Execution } from '../temporal/find-execution.js';
import { listClosed } from '../temporal/list-executions.js';
import { readExecution } from '../temporal/run-history.js';
import { runFolder } from '../workspace/run-folder.js';
import type { ActivityDeps } from './deps.js';
import { letBranchGo, lookAtWorktree, makeReport, writeReport } from './closing/run-report.js';
import { serverClock } from './phase/server-clock.js';
import { asApplicationFailure } from './temporal-failure.js';

const MESSAGE_LENGTH = 500;
const LOST: RunEnding = {
  state: 'failed',
  error: {
    code: 'run_lost',
    message: 'Temporal no longer knows the run: deleted, or past the retention of the namespace',
  },
};

/**
 * Ends in the mirror what ended in Temporal without a word: a terminated run gets no chance to write. Also makes the
 * report of a run whose worker died between its last event and its report.
 */
export function createReconcileRuns(deps: ActivityDeps): Activities['reconcileRuns'] {
  return async ({ after, settleMs, of }) => {
    try {
      const { client } = Context.current();
      const now = serverClock(activityInfo());
      const { candidates, next } = await findCandidates(deps, client, of, after);
      const page: ReconciledPage = { looked: candidates.length, closed: [], failed: [], leftSince: null, next };
      for (const { run, closedAt } of candidates) {
        Context.current().heartbeat();
        try {
          const found = await settle(deps, client, run, now() - settleMs);
          if (found === 'young') page.leftSince = earlier(page.leftSince, closedAt);
          else if (found !== null) page.closed.push(found);
        } catch (error) {
          // one run that can't be closed must not stand in the way of the others
          if (isSurroundings(error)) throw error;
          const { runId, workflowId } = run;
          log.error('the run could not be closed in the mirror', { runId, error: String(error) });
          const message = cut(error instanceof Error ? error.message : String(error), MESSAGE_LENGTH);
          page.failed.push({ runId, workflowId, message });
          page.leftSince = earlier(page.leftSince, closedAt);
        }
      }
      return page;
    } catch (error) {
      throw asApplicationFailure(error);
    }
  };
}

/** A run without an end or a report in the mirror, and when it closed at the earliest (ISO 8601). */
interface Candidate {
  run: RunSummary;
  closedAt: string;
}

async function findCandidates(
  { mirror }: ActivityDeps,
  client: Client,
  of: ReconcilePage['of'],
  after: string | null,
): Promise<{ candidates: Candidate[]; next: string | null }> {
  if ('all' in of) {
    const runs = await mirror.unsettledRuns(after, of.all);
    const next = runs.length < of.all ? null : (runs.at(-1)?.runId ?? null);
    return { candidates: runs.map((run) => ({ run, closedAt: run.createdAt })), next };
  }
  const { executions, next } = await listClosed(client, activityInfo().taskQueue, of.closedSince, after);
  const closedAt = new Map<string, string | null>();
  for (const { workflowId, closedAt: at } of executions) {
    closedAt.set(workflowId, earlier(closedAt.get(workflowId) ?? null, at));
  }
  const runs = await mirror.unsettledRunsOf([...closedAt.keys()]);
  return { candidates: runs.map((run) => ({ run, closedAt: closedAt.get(run.workflowId) ?? run.createdAt })), next };
}

type Settled = ClosedRun | 'young' | null;

/**
 * Closes a run in the mirror where that is due.
 *
 * @param until - what changed later is left alone, by Temporal's clock
 * @returns null where it is open or needs nothing; `young` where it has just closed
 */
async function settle(deps: ActivityDeps, client: Client, before: RunSummary, until: number): Promise<Settled> {
  const { config, mirror } = deps;
  const { runId } = before;
  const execution = await findExecution(client, before);
  if (execution.kind === 'open') return null;
  if (changedAt(execution, before) > until) return 'young';
  // read again after Temporal was asked: a run writes its last event before it closes
  const run = await mirror.findRun(runId);
  if (run === null || (isTerminal(run.state) && (await mirror.readReport(runId)))) return null;
  const ending = isTerminal(run.state)
    ? endingOf(run)
    : execution.kind === 'lost'
      ? LOST
      : await readEnding(client, run.workflowId, execution);
  const { workflowId, executionRunId } = execution.kind === 'lost' ? run : { ...run, ...execution };
  if (!isTerminal(run.state)) {
    const endedAt = execution.kind === 'lost' ? new Date() : execution.closedAt;
    const ref = { runId, workflowId, executionRunId };
    await mirror.appendEvents(ref, [
      ...(await readUntold(mirror, client, ref)),
      closingEvent(ending, executionRunId, endedAt.toISOString()),
    ]);
  }
  const folder = runFolder(config.workspaceRoot, runId);
  const { report } = await makeReport(mirror, runId, ending, lookAtWorktree(folder, runId));
  await mirror.saveReport(runId, report);
  if (config.keepConversationsMs === 0) await mirror.deleteConversations(runId);
  await letBranchGo(folder);
  // no folder: the run never got one, or somebody cleaned up
  if (existsSync(folder.root)) await writeOrTell(folder, report);
  log.warn('a run that ended without a word is closed in the mirror', {
    runId,
    workflowId,
    state: ending.state,
    code: ending.error?.code,
  });
  return { runId, workflowId, state: ending.state, code: ending.error?.code ?? null };
}

async function readUntold(mirror: ActivityDeps['mirror'], client: Client, run: RunRef): Promise<RunEvent[]> {
  const last = await readExecution(client, run, run.executionRunId);
  if (last === null) return [];
  const stored = await mirror.readEvents(run.runId);
  return untoldEvents(historyFacts([last.execution]).sent, new Set(stored.map(({ idempotencyKey }) => idempotencyKey)));
}

/**
 * When a run changed (milliseconds): one that has just changed may be closing, or its last activity may still be
 * writing.
 */
function changedAt(execution: Exclude<Execution, { kind: 'open' }>, run: RunSummary): number {
  return execution.kind === 'closed' ? execution.closedAt.getTime() : Date.parse(run.startedAt ?? run.createdAt);
}

function endingOf({ state, errorCode, errorMessage }: RunSummary): RunEnding {
  return {
    state: state as RunEnding['state'],
    error: errorCode === null ? null : { code: errorCode, message: errorMessage ?? '' },
  };
}

async function writeOrTell(folder: ReturnType<typeof runFolder>, report: Report): Promise<void> {
  try {
    await writeReport(folder, report);
  } catch (error) {
    log.error('the report could not be written to disk, it is in the mirror alone', { error: String(error) });
  }
}

/** PostgreSQL or Temporal is away: the whole page is tried again. */
function isSurroundings(error: unknown): boolean {
  if (isGrpcServiceError(error)) return true;
  if (error instanceof PhasegateError) return /^(mirror|database)_/.test(error.code);
  return error instanceof Error && isGrpcServiceError(error.cause);
}
