import { existsSync } from 'node:fs';
import { log } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { Config } from '../config.js';
import type { RunEvent } from '../domain/record/events.js';
import { historyFacts } from '../domain/record/history-facts.js';
import { closingEvent, untoldEvents, type ClosedRun } from '../domain/record/reconcile.js';
import type { RunSummary } from '../domain/record/report-facts.js';
import { isTerminal, type RunRef, type RunEnding } from '../domain/run-state.js';
import type { Mirror } from '../mirror/types.js';
import { findExecution, readEnding, type Execution } from '../temporal/find-execution.js';
import { readExecution } from '../temporal/run-history.js';
import { runFolder } from '../workspace/run-folder.js';
import { keepReport, letBranchGo, lookAtWorktree, makeReport, writeReport, type MadeReport } from './run-report.js';

/** What a worker needs for reconciling. */
export interface UpkeepSurroundings {
  client: Client;
  mirror: Mirror;
  config: Pick<Config, 'workspaceRoot' | 'keepConversationsMs'>;
  taskQueue: string;
  /** The time by Temporal's clock, in milliseconds since 1970. */
  now(): number;
  /** Called again and again while the work takes time. */
  alive(): void;
}

/** Nobody told which phase was at work. */
const UNKNOWN_PHASE = { phaseKey: 'run', attempt: 1 };

const LOST: RunEnding = {
  state: 'failed',
  error: {
    code: 'run_lost',
    message: 'Temporal no longer knows the run: deleted, or past the retention of the namespace',
  },
};

/**
 * Closes a run in the mirror when Temporal has closed it and the mirror has no end.
 *
 * @param until - runs that changed later, by Temporal's clock, are left alone
 * @returns null where the run is open or needs nothing; `young` where it has just closed
 */
export async function closeEndedRun(
  { client, config, mirror }: UpkeepSurroundings,
  before: RunSummary,
  until: number,
): Promise<ClosedRun | 'young' | null> {
  const { runId } = before;
  const execution = await findExecution(client, before);
  if (execution.kind === 'open') return null;
  if (changedAt(execution, before) > until) return 'young';
  // this is read again after Temporal was asked, because a run writes its last event before it closes
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
  const made = await makeReport(
    mirror,
    runId,
    ending,
    lookAtWorktree(folder, runId, ending.state === 'completed' ? null : UNKNOWN_PHASE),
  );
  await keepReport(mirror, { runId, workflowId, executionRunId }, made);
  if (config.keepConversationsMs === 0) await mirror.deleteConversations(runId);
  await letBranchGo(folder);
  // no folder: the run never got one, or somebody removed it
  if (existsSync(folder.root)) await writeOrTell(folder, made);
  log.warn('a run that ended without a word is closed in the mirror', {
    runId,
    workflowId,
    state: ending.state,
    code: ending.error?.code,
  });
  return { runId, workflowId, state: ending.state, code: ending.error?.code ?? null };
}

async function readUntold(mirror: Mirror, client: Client, run: RunRef): Promise<RunEvent[]> {
  const last = await readExecution(client, run, run.executionRunId);
  if (last === null) return [];
  const stored = await mirror.readEvents(run.runId);
  return untoldEvents(historyFacts([last.execution]).sent, new Set(stored.map(({ idempotencyKey }) => idempotencyKey)));
}

/**
 * When a run changed, in milliseconds. A run that has just changed may be closing, or its last activity may still be
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

async function writeOrTell(folder: ReturnType<typeof runFolder>, made: MadeReport): Promise<void> {
  try {
    await writeReport(folder, made);
  } catch (error) {
    log.error('the report could not be written to disk, it is in the mirror only', { error: String(error) });
  }
}
