import { existsSync } from 'node:fs';
import { Context, log } from '@temporalio/activity';
import { isGrpcServiceError, type Client } from '@temporalio/client';
import type { Activities, RunEnding } from '../domain/activity-contract.js';
import type { RunEvent } from '../domain/events.js';
import { PhasegateError } from '../domain/failures.js';
import { historyFacts } from '../domain/history-facts.js';
import { closingEvent, untoldEvents, type ClosedRun, type UnclosedRun } from '../domain/reconcile.js';
import type { RunSummary } from '../domain/report-facts.js';
import type { Report } from '../domain/report.js';
import { isTerminal, type RunRef } from '../domain/run-state.js';
import { findExecution, readEnding, type Execution } from '../temporal/find-execution.js';
import { readExecution } from '../temporal/run-history.js';
import { runFolder } from '../workspace/run-folder.js';
import type { ActivityDeps } from './deps.js';
import { letBranchGo, lookAtWorktree, makeReport, writeReport } from './run-report.js';
import { asApplicationFailure } from './temporal-failure.js';

const PAGE = 100;
const LOST: RunEnding = { state: 'failed', error: { code: 'run_lost', message: 'Temporal no longer knows the run: deleted, or past the retention of the namespace' } };

/**
 * Ends in the mirror what ended in Temporal without a word: a terminated run gets no chance to write. Also makes the
 * report of a run whose worker died between its last event and its report.
 */
export function createReconcileRuns(deps: ActivityDeps): Activities['reconcileRuns'] {
  return async ({ after, settleMs }) => {
    try {
      const runs = await deps.mirror.unsettledRuns(after, PAGE);
      const closed: ClosedRun[] = [];
      const failed: UnclosedRun[] = [];
      for (const { runId, workflowId } of runs) {
        Context.current().heartbeat();
        try {
          const ended = await settle(deps, Context.current().client, runId, settleMs);
          if (ended) closed.push(ended);
        } catch (error) {
          // one run that can't be closed must not stand in the way of the others
          if (isSurroundings(error)) throw error;
          log.error('the run could not be closed in the mirror', { runId, error: String(error) });
          failed.push({ runId, workflowId, message: error instanceof Error ? error.message : String(error) });
        }
      }
      return { looked: runs.length, closed, failed, next: runs.length < PAGE ? null : (runs.at(-1)?.runId ?? null) };
    } catch (error) {
      throw asApplicationFailure(error);
    }
  };
}

/** Closes a run in the mirror where that is due; null where it is open, has just closed, or needs nothing. */
async function settle({ config, mirror }: ActivityDeps, client: Client, runId: string, settleMs: number): Promise<ClosedRun | null> {
  const before = await mirror.findRun(runId);
  if (before === null) return null;
  const execution = await findExecution(client, before);
  if (execution.kind === 'open' || !isSettled(execution, before, settleMs)) return null;
  // read again after Temporal was asked: a run writes its last event before it closes
  const run = await mirror.findRun(runId);
  if (run === null || (isTerminal(run.state) && (await mirror.readReport(runId)))) return null;
  const ending = isTerminal(run.state) ? endingOf(run) : execution.kind === 'lost' ? LOST : await readEnding(client, run.workflowId, execution);
  const { workflowId, executionRunId } = execution.kind === 'lost' ? run : { ...run, ...execution };
  if (!isTerminal(run.state)) {
    const endedAt = execution.kind === 'lost' ? new Date() : execution.closedAt;
    const ref = { runId, workflowId, executionRunId };
    await mirror.appendEvents(ref, [...(await readUntold(mirror, client, ref)), closingEvent(ending, executionRunId, endedAt.toISOString())]);
  }
  const folder = runFolder(config.workspaceRoot, runId);
  const report = await makeReport(mirror, runId, ending, lookAtWorktree(folder, runId));
  await mirror.saveReport(runId, report);
  if (config.keepConversationsMs === 0) await mirror.deleteConversations(runId);
  await letBranchGo(folder);
  // no folder: the run never got one, or somebody cleaned up
  if (existsSync(folder.root)) await writeOrTell(folder, report);
  log.warn('a run that ended without a word is closed in the mirror', { runId, workflowId, state: ending.state, code: ending.error?.code });
  return { runId, workflowId, state: ending.state, code: ending.error?.code ?? null };
}

async function readUntold(mirror: ActivityDeps['mirror'], client: Client, run: RunRef): Promise<RunEvent[]> {
  const last = await readExecution(client, run, run.executionRunId);
  if (last === null) return [];
  const stored = await mirror.readEvents(run.runId);
  return untoldEvents(historyFacts([last.execution]).sent, new Set(stored.map(({ idempotencyKey }) => idempotencyKey)));
}

/** A run that has just changed may be closing, or its last activity may still be writing. */
function isSettled(execution: Exclude<Execution, { kind: 'open' }>, run: RunSummary, settleMs: number): boolean {
  const changedAt = execution.kind === 'closed' ? execution.closedAt.getTime() : Date.parse(run.startedAt ?? run.createdAt);
  return Date.now() - changedAt >= settleMs;
}

function endingOf({ state, errorCode, errorMessage }: RunSummary): RunEnding {
  return { state: state as RunEnding['state'], error: errorCode === null ? null : { code: errorCode, message: errorMessage ?? '' } };
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
  return isGrpcServiceError(error) || (error instanceof Error && isGrpcServiceError(error.cause)) || (error instanceof PhasegateError && error.code.startsWith('mirror_'));
}
