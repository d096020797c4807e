import type { Client } from '@temporalio/client';
import { PhasegateError } from '../domain/failures.js';
import { historyFacts, type HistoryFacts } from '../domain/record/history-facts.js';
import type { RunRef } from '../domain/run-state.js';
import { verifyRun, type Finding } from '../domain/record/verify-run.js';
import type { Mirror } from '../mirror/types.js';
import { findRunRef } from '../temporal/find-execution.js';
import { readRunHistory, type PastExecution } from '../temporal/run-history.js';
import { defineCommand } from './command-line/command.js';
import { EXIT } from './command-line/exit-codes.js';
import { print } from './command-line/output.js';
import { HISTORY_TIMEOUT_MS, withClient } from './command-line/with-client.js';
import { withMirror } from './command-line/with-mirror.js';

/** `verify W`: whether the mirror holds of a run what Temporal's history says, event by event. */
export const verify = defineCommand({
  usage: 'W',
  about: "compare what the mirror holds of a run with Temporal's history",
  words: ['workflow id or run id'],
  options: {},
  run: async ({ json }, [id = '']) => {
    const { run, events, findings } = await withMirror((mirror) =>
      withClient((client) => compare(client, mirror, id), HISTORY_TIMEOUT_MS),
    );
    print(json, { runId: run.runId, workflowId: run.workflowId, events, findings }, verifyText(run, events, findings));
    return findings.length === 0 ? EXIT.ok : EXIT.failed;
  },
});

/** A run as history and as the mirror have it, and how they differ. */
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
 * @param id - workflow id, or run id of a run that the mirror knows
 * @throws PhasegateError `run_not_found` when neither knows it, `run_lost` when Temporal no longer has its history
 */
export async function compare(client: Client, mirror: Mirror, id: string): Promise<Comparison> {
  const run = (await mirror.findRun(id)) ?? (await findRunRef(client, id));
  if (run === null) throw new PhasegateError('run_not_found', `neither the mirror nor Temporal has a run ${id}`);
  const executions = await readRunHistory(client, run);
  if (executions.length === 0)
    throw new PhasegateError(
      'run_lost',
      `Temporal has no history of run ${run.runId}: there is nothing to compare with`,
    );
  const history = historyFacts(executions);
  const mirrored = await mirror.readMirroredRun(run.runId);
  const findings: Finding[] = mirrored
    ? verifyRun(history, mirrored, await mirror.differingTables(run.runId))
    : [{ kind: 'run_missing', text: `the mirror has no run ${run.runId}` }];
  return { run, executions, history, events: mirrored?.events.length ?? 0, findings };
}

/** What a comparison found, for people. */
export function verifyText({ workflowId, runId }: RunRef, events: number, findings: readonly Finding[]): string {
  if (findings.length === 0) return `${workflowId} (run ${runId}): the mirror is what history says, ${events} events`;
  return [
    `${workflowId} (run ${runId}): the mirror is not what history says:`,
    ...findings.map(({ kind, text }) => `${kind}: ${text}`),
  ].join('\n');
}
