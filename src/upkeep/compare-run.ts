import type { Client } from '@temporalio/client';
import { PhasegateError } from '../domain/failures.js';
import { historyFacts, type HistoryFacts } from '../domain/record/history-facts.js';
import type { RunRef } from '../domain/run-state.js';
import { verifyRun, type Finding } from '../domain/record/verify-run.js';
import type { Mirror } from '../mirror/types.js';
import { readDeliveries } from '../temporal/delivery-histories.js';
import { findRunRef } from '../temporal/find-execution.js';
import { readRunHistory, type PastExecution } from '../temporal/run-history.js';

/** A run as history has it and as the mirror has it, and the differences. */
export interface Comparison {
  run: RunRef;
  executions: PastExecution[];
  history: HistoryFacts;
  /** How many events the mirror has. */
  events: number;
  findings: Finding[];
}

/**
 * Compares the mirror with history.
 *
 * @param id - workflow id, or the run id of a run that the mirror knows
 * @throws PhasegateError `run_not_found` when neither knows it, `run_lost` when Temporal no longer has its history
 */
export async function compareRun(client: Client, mirror: Mirror, id: string): Promise<Comparison> {
  const run = (await mirror.findRun(id)) ?? (await findRunRef(client, id));
  if (run === null) throw new PhasegateError('run_not_found', `neither the mirror nor Temporal has a run ${id}`);
  const executions = await readRunHistory(client, run);
  if (executions.length === 0)
    throw new PhasegateError(
      'run_lost',
      `Temporal has no history of run ${run.runId}: there is nothing to compare with`,
    );
  const history = historyFacts(executions, await readDeliveries(client, run.runId));
  const mirrored = await mirror.readMirroredRun(run.runId);
  const findings: Finding[] = mirrored
    ? verifyRun(history, mirrored, await mirror.differingTables(run.runId))
    : [{ kind: 'run_missing', text: `the mirror has no run ${run.runId}` }];
  return { run, executions, history, events: mirrored?.events.length ?? 0, findings };
}
