import { compareRun } from '../../../src/upkeep/compare-run.js';
import { isTerminal } from '../../../src/domain/run-state.js';
import type { TestStack } from '../../support/stack.js';
import type { FaultReport } from './fault-line.js';

/** What a fault cost a run that has ended, as Temporal, the mirror and the model server have it. */
export type Measured = Pick<FaultReport, 'tried' | 'runsLost' | 'eventsLost' | 'callsRepeated'>;

/**
 * Measures what a fault cost a run: whether its end and its report are in the mirror, which events of history are
 * not, and how many
 * requests its model got that are in no line of the ledger.
 *
 * @param requests - how many its model got
 */
export async function measured({ client, mirror }: TestStack, runId: string, requests: number): Promise<Measured> {
  const run = await mirror.findRun(runId);
  const isKept = run !== null && isTerminal(run.state) && (await mirror.readReport(runId)) != null;
  const { findings } = await compareRun(client, mirror, runId);
  const { rows } = await mirror.pool.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM llm_calls WHERE run_id = $1',
    [runId],
  );
  return {
    tried: 1,
    runsLost: isKept ? 0 : 1,
    eventsLost: findings.filter(({ kind }) => kind === 'event_missing' || kind === 'seq_gap' || kind === 'run_missing')
      .length,
    callsRepeated: Math.max(0, requests - (rows[0]?.n ?? 0)),
  };
}
