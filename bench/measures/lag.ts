import pg from 'pg';
import type { Bench } from '../bench.js';
import { verdict, type Finding } from '../results.js';
import { median, quantile, shown } from '../stats.js';

const MOST_MS = 2_000;

/**
 * How far the mirror is behind: from an event's own time to the commit of its row, which PostgreSQL keeps
 * (`track_commit_timestamp`), for all events of runs that were started at once.
 */
export async function measureLag(bench: Bench): Promise<Finding> {
  const contender = await bench.contender('phasegate');
  // as many as there are places, because the mirror learns of a phase that waits for a place only when it begins
  const runs = bench.options.sizes.modelRuns;
  // a process that has worked before, because its very first plans compile schemas and queries
  await contender.runs({ runs: 2, phases: 5, atOnce: 2 });
  const began = new Date();
  await contender.runs({ runs, phases: 5, atOnce: runs });
  const client = new pg.Client({ connectionString: bench.databaseUrl('phasegate') });
  await client.connect();
  const { rows } = await client
    .query<{ type: string; ms: number }>(
      'SELECT type, extract(epoch FROM pg_xact_commit_timestamp(xmin) - ts)::float8 * 1000 AS ms FROM run_events WHERE ts >= $1',
      [began],
    )
    .finally(() => client.end());
  const lags = rows.map(({ ms }) => ms);
  const byType: Record<string, { count: number; p50: number; p99: number }> = {};
  for (const type of new Set(rows.map((row) => row.type))) {
    const own = rows.filter((row) => row.type === type).map(({ ms }) => ms);
    byType[type] = { count: own.length, p50: median(own), p99: quantile(own, 0.99) };
  }
  const p99 = quantile(lags, 0.99);
  return {
    rows: [
      {
        measure: `mirror lag, ${runs} runs × 5 phases at once (${lags.length} events)`,
        measured: `p50 ${shown(median(lags))} ms, p99 ${shown(p99)} ms, most ${shown(Math.max(...lags))} ms`,
        ratio: '–',
        target: `p99 ≤ ${MOST_MS / 1000} s`,
        verdict: verdict(p99 <= MOST_MS),
      },
    ],
    samples: { runs, byType, lagsMs: lags },
  };
}
