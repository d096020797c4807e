import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WORKFLOW_TYPE } from '../../src/domain/names.js';
import type { Bench } from '../bench.js';
import { writeCatalog } from '../contenders/catalog.js';
import { verdict, type Finding, type Row } from '../results.js';
import { median, shown } from '../stats.js';
import { buildOnce, makeClone, startIn, type Clone } from './clone.js';

const MOST_MS = 1_400;
const SCRIPTS = ['worker', 'worker:prod'] as const;

/**
 * From `npm run worker` to the first workflow task that it takes: a run waits for it already. The build is made before.
 */
export async function measureCold(bench: Bench): Promise<Finding> {
  const clone = makeClone(bench);
  await bench.stopContenders();
  await buildOnce(bench);
  const databaseUrl = await bench.surroundings.database('cold', true);
  const folder = join(bench.surroundings.folder, 'cold');
  mkdirSync(folder);
  const env = {
    ...clone.env,
    ...writeCatalog(folder, bench.surroundings.modelUrl).env,
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: bench.surroundings.temporalAddress,
  };
  const samples: Record<string, number[]> = {};
  for (let round = 0; round < bench.options.sizes.starts; round++) {
    for (const script of SCRIPTS) (samples[script] ??= []).push(await startOnce(bench, clone, script, env));
  }
  const rows = SCRIPTS.map((script): Row => {
    const ms = median(samples[script] ?? []);
    return {
      measure: `cold start: npm run ${script} to the first task polled`,
      measured: `${shown(ms / 1000)} s`,
      ratio: '–',
      target: `≤ ${MOST_MS / 1000} s`,
      verdict: verdict(ms <= MOST_MS),
    };
  });
  return { rows, samples };
}

async function startOnce(bench: Bench, clone: Clone, script: string, env: NodeJS.ProcessEnv): Promise<number> {
  const taskQueue = `cold-${randomUUID()}`;
  // an input that is refused: the run is over soon, and the time of its first task is all that is needed
  const handle = await bench.client.workflow.start(WORKFLOW_TYPE, { taskQueue, workflowId: taskQueue, args: [null] });
  const began = Date.now();
  const worker = startIn(
    clone,
    ['npm', 'run', '--silent', script],
    { ...env, PHASEGATE_TASK_QUEUE: taskQueue, PHASEGATE_SHUTDOWN_GRACE: '1s' },
    bench.session.reaper,
  );
  let ended = false;
  void worker.ended.then(() => (ended = true));
  try {
    for (;;) {
      const { events } = await handle.fetchHistory();
      const polled = events?.find((event) => event.workflowTaskStartedEventAttributes)?.eventTime;
      if (polled) return Number(polled.seconds) * 1000 + Number(polled.nanos) / 1e6 - began;
      if (ended) throw new Error(`npm run ${script} has ended:\n${worker.output()}`);
      await sleep(50);
    }
  } finally {
    await handle.result().catch(() => undefined);
    bench.session.reaper.stop(worker.pid);
    await worker.ended;
  }
}
