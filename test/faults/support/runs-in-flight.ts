import assert from 'node:assert/strict';
import type { WorkflowHandle } from '@temporalio/client';
import type { Behaviour } from '../../../src/model-server/behaviour.js';
import { ended, type Ended } from '../../support/ended.js';
import type { TestStack } from '../../support/stack.js';
import { until } from '../../support/until.js';
import { reportFault } from './fault-line.js';
import { measured, type Measured } from './measured.js';

const COMPARED_AT_ONCE = 4;

/** Some runs that meet a fault together. */
export interface RunsInFlight {
  handles: WorkflowHandle[];
  /** How many requests their models got. */
  requests(): number;
}

/** Starts runs of a template whose models take their time. */
export async function startRuns(
  stack: TestStack,
  template: string,
  count: number,
  delayMs = 300,
): Promise<RunsInFlight> {
  return startScripted(stack, template, count, [{ delayMs, times: 'always' }]);
}

/**
 * Runs whose agents work until they are told to finish: however slow the machine, they are at it when a fault comes.
 */
export interface BusyRuns extends RunsInFlight {
  finish(): void;
}

/** Phases for them: the first lets an agent make many calls. */
export const BUSY_PHASES = [{ key: 'design', maxModelCalls: 1_000 }, { key: 'plan' }];

/** Starts runs of a template made of {@link BUSY_PHASES} whose agents look around until `finish`. */
export async function startBusyRuns(
  stack: TestStack,
  template: string,
  count: number,
  delayMs = 300,
): Promise<BusyRuns> {
  const runs = await startScripted(stack, template, count, [
    { delayMs, times: 'always', tools: [{ name: 'ls', args: { path: 'repo' } }] },
  ]);
  return {
    ...runs,
    finish: () => runs.models.forEach((model) => stack.model.script(model, [{ delayMs, times: 'always' }])),
  };
}

async function startScripted(
  stack: TestStack,
  template: string,
  count: number,
  behaviours: Behaviour[],
): Promise<RunsInFlight & { models: string[] }> {
  const personas = await Promise.all(Array.from({ length: count }, () => stack.persona(behaviours)));
  const models = personas.map(({ model }) => model);
  const handles = await Promise.all(
    personas.map(({ name }) =>
      stack.startRaw([{ template, repoPath: stack.repoPath, requirements: 'r', overrides: { worker: name } }]),
    ),
  );
  return { models, handles, requests: () => stack.model.requests.filter(({ model }) => models.includes(model)).length };
}

/** Waits until the models of the runs have got so many more requests. */
export async function untilRequests(runs: RunsInFlight, more: number, longestMs = 60_000): Promise<number> {
  const [before, began] = [runs.requests(), Date.now()];
  await until(
    () => runs.requests() >= before + more,
    longestMs,
    async () => `only ${runs.requests() - before} requests in ${longestMs} ms; ${await whereTheyAre(runs)}`,
  );
  return Date.now() - began;
}

async function whereTheyAre({ handles }: RunsInFlight): Promise<string> {
  const described = await Promise.all(handles.map((handle) => handle.describe()));
  return described
    .map(({ status, raw }) =>
      [
        status.name,
        ...(raw.pendingActivities ?? []).map(
          (one) => `${one.activityType?.name} ${one.attempt}: ${one.lastFailure?.message ?? 'no failure'}`,
        ),
      ].join(' '),
    )
    .join('; ');
}

/**
 * Waits for the end of all runs, checks that each completed with a mirror that is what history says, and prints the
 * line of the fault.
 *
 * @param recoverMs - from the end of the fault until the runs went on
 * @param mayRepeat - how many calls that were in flight may have been made again
 */
export async function allComplete(
  stack: TestStack,
  fault: string,
  runs: RunsInFlight,
  { recoverMs, mayRepeat = 0, tried = 1 }: { recoverMs: number | null; mayRepeat?: number; tried?: number },
): Promise<Ended[]> {
  // `ended` compares mirror, history and report: few at once, or they keep each other from the database
  const ends: Ended[] = [];
  for (let n = 0; n < runs.handles.length; n += COMPARED_AT_ONCE)
    ends.push(
      ...(await Promise.all(runs.handles.slice(n, n + COMPARED_AT_ONCE).map((handle) => ended(stack, handle)))),
    );
  for (const end of ends) assert.equal(end.temporal, 'COMPLETED', end.message);
  const repeated = runs.requests() - ends.reduce((sum, { report }) => sum + report.totals.calls, 0);
  assert.ok(repeated <= mayRepeat, `${repeated} calls were made again`);
  for (const { report } of ends)
    assert.ok(
      report.phases.every(({ attempts }) => attempts <= 1),
      'no attempt at an artifact was used up',
    );
  const costs: Measured[] = [];
  for (const { report } of ends) costs.push(await measured(stack, report.runId, 0));
  const sum = (figure: 'runsLost' | 'eventsLost'): number => costs.reduce((total, cost) => total + cost[figure], 0);
  const [runsLost, eventsLost] = [sum('runsLost'), sum('eventsLost')];
  reportFault({ fault, tried, runsLost, eventsLost, callsRepeated: repeated, recoverMs });
  return ends;
}
