import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WORKFLOW_TYPE } from '../../src/domain/names.js';
import type { Bench } from '../bench.js';
import { writeCatalog } from '../contenders/catalog.js';
import { makeRepository } from '../contenders/repository.js';
import { REQUIREMENTS } from '../contenders/task.js';
import { verdict, type Finding, type Row } from '../results.js';
import { median, quantile, shown } from '../stats.js';
import { buildOnce, makeClone, startIn } from './clone.js';

const TARGET_RUNS = 10_000;
const MOST_MIB = 150;
const MOST_MS = 1_000;
const MIB = 1024 * 1024;
const STARTED_AT_ONCE = 20;

/**
 * Runs that wait for a decision: what they cost a built worker (`npm run worker:prod`) in memory, and how soon an
 * approval is applied.
 */
export async function measureWaiting(bench: Bench): Promise<Finding> {
  const {
    waiting,
    sizes: { approvals },
  } = bench.options;
  // the same for every worker on this machine, because the SDK takes it from Node's heap limit
  const cacheSize = await (await bench.contender('phasegate')).ask<number>('cacheSize');
  await bench.stopContenders();
  const worker = await startBuiltWorker(bench);
  // the memory that the worker needs to work at all is not a cost of waiting
  await Promise.all(
    (await bringToGates(bench, worker, Math.min(50, waiting))).map(async (id) => {
      await bench.client.workflow.getHandle(id).signal('approve');
      await bench.client.workflow.getHandle(id).result();
    }),
  );
  const idle = await settledRss(worker.pid, bench);
  const began = performance.now();
  const ids = await bringToGates(bench, worker, waiting);
  const startedIn = performance.now() - began;
  const full = await settledRss(worker.pid, bench);
  const updateMs: number[] = [];
  for (const id of ids.slice(0, approvals))
    updateMs.push(
      await timed(() =>
        bench.client.workflow.getHandle(id).executeUpdate('decide', { args: [{ action: 'approve', by: 'bench' }] }),
      ),
    );
  const signalMs: number[] = [];
  for (const id of ids.slice(-approvals)) signalMs.push(await signalled(bench, id));
  await worker.stop();
  const extra = (full - idle) / MIB;
  const projected = (extra / waiting) * Math.min(TARGET_RUNS, cacheSize);
  return {
    rows: [
      {
        measure: `memory of the worker with ${waiting} runs at gates, above idle (RSS)`,
        measured: `${shown(extra)} MiB (idle ${shown(idle / MIB)} MiB)`,
        ratio: '–',
        target: '–',
        verdict: 'stated',
      },
      {
        measure: `likewise ${TARGET_RUNS} runs: extrapolated from ${waiting}; the worker's cache ends at ${cacheSize} runs`,
        measured: `${shown(projected)} MiB`,
        ratio: '–',
        target: `≤ ${MOST_MIB} MiB`,
        verdict: verdict(projected <= MOST_MIB),
      },
      approvalRow('update `decide`, until its answer', updateMs, waiting),
      approvalRow('signal `approve`, until the workflow task that applied it', signalMs, waiting),
    ],
    samples: { waiting, cacheSize, idleBytes: idle, fullBytes: full, startedInMs: startedIn, updateMs, signalMs },
  };
}

interface BuiltWorker {
  pid: number;
  /** Starts a run of one phase with a gate; gives its workflow id. */
  start(): Promise<string>;
  stop(): Promise<void>;
}

async function startBuiltWorker(bench: Bench): Promise<BuiltWorker> {
  await buildOnce(bench);
  const { client, session, surroundings } = bench;
  const clone = makeClone(bench);
  const folder = join(surroundings.folder, 'waiting');
  mkdirSync(folder);
  const [catalog, repoPath, taskQueue] = [
    writeCatalog(folder, surroundings.modelUrl),
    makeRepository(folder),
    `waiting-${randomUUID()}`,
  ];
  const databaseUrl = await surroundings.database('bench-waiting', true);
  const env = {
    ...clone.env,
    ...catalog.env,
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: surroundings.temporalAddress,
    PHASEGATE_TASK_QUEUE: taskQueue,
    PHASEGATE_SHUTDOWN_GRACE: '1s',
  };
  // npm does not start it, so that the process is the worker's own
  const worker = startIn(clone, [process.execPath, 'dist/worker.js'], env, session.reaper);
  const args = [{ template: catalog.template('gate', 1), repoPath, requirements: REQUIREMENTS }];
  return {
    pid: worker.pid,
    start: async () =>
      (await client.workflow.start(WORKFLOW_TYPE, { taskQueue, workflowId: `waiting-${randomUUID()}`, args }))
        .workflowId,
    async stop() {
      session.reaper.stop(worker.pid);
      await worker.ended;
    },
  };
}

function approvalRow(how: string, ms: number[], waiting: number): Row {
  const p99 = quantile(ms, 0.99);
  return {
    measure: `an approval among ${waiting} waiting runs: ${how} (${ms.length}, one after the other)`,
    measured: `p50 ${shown(median(ms))} ms, p99 ${shown(p99)} ms`,
    ratio: '–',
    target: `p99 ≤ ${MOST_MS / 1000} s`,
    verdict: verdict(p99 <= MOST_MS),
  };
}

async function bringToGates(bench: Bench, worker: BuiltWorker, runs: number): Promise<string[]> {
  const ids: string[] = [];
  let started = 0;
  const lane = async (): Promise<void> => {
    while (started < runs && !bench.session.stopped.aborted) {
      started++;
      const id = await worker.start();
      await atGate(bench, id);
      ids.push(id);
    }
  };
  await Promise.all(Array.from({ length: STARTED_AT_ONCE }, lane));
  return ids;
}

async function atGate({ client }: Bench, id: string): Promise<void> {
  for (;;) {
    const { searchAttributes } = await client.workflow.getHandle(id).describe();
    if ((searchAttributes.RunGate?.length ?? 0) > 0) return;
    await sleep(100);
  }
}

/** The memory when it no longer changes much: the middle of five looks, a second apart. */
async function settledRss(pid: number, { options: { quick } }: Bench): Promise<number> {
  const looks: number[] = [];
  await sleep(quick ? 500 : 5_000);
  for (let look = 0; look < 5; look++) {
    looks.push(residentBytes(pid));
    await sleep(quick ? 50 : 1_000);
  }
  return median(looks);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/**
 * From sending the signal to the end of the workflow task that took it, by history: the clock is this machine's in
 * both.
 */
async function signalled({ client }: Bench, id: string): Promise<number> {
  const handle = client.workflow.getHandle(id);
  const sent = Date.now();
  await handle.signal('approve', { by: 'bench' });
  for (;;) {
    const { events } = await handle.fetchHistory();
    const signal = (events ?? []).findIndex((event) => event.workflowExecutionSignaledEventAttributes);
    const applied =
      signal < 0 ? undefined : events?.slice(signal).find((event) => event.workflowTaskCompletedEventAttributes);
    if (applied) return Number(applied.eventTime?.seconds) * 1000 + Number(applied.eventTime?.nanos) / 1e6 - sent;
    await sleep(20);
  }
}

function residentBytes(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}
