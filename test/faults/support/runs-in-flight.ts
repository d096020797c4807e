import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { ended, type Ended } from '../../support/ended.js';
import type { TestStack } from '../../support/stack.js';
import { reportFault } from './fault-line.js';

/** Some runs that meet a fault together. */
export interface RunsInFlight {
  handles: WorkflowHandle[];
  /** How many requests their models got. */
  requests(): number;
}

/** Starts runs of a template whose models take their time. */
export async function startRuns(stack: TestStack, template: string, count: number, delayMs = 300): Promise<RunsInFlight> {
  const models = new Set<string>();
  const handles = await Promise.all(
    Array.from({ length: count }, async () => {
      const persona = await stack.persona([{ delayMs, times: 'always' }]);
      models.add(persona.model);
      return stack.startRaw([{ template, repoPath: stack.repoPath, requirements: 'r', overrides: { worker: persona.name } }]);
    }),
  );
  return { handles, requests: () => stack.model.requests.filter(({ model }) => models.has(model)).length };
}

/** Waits until the models of the runs have got so many more requests. */
export async function untilRequests(runs: RunsInFlight, more: number, longestMs = 60_000): Promise<number> {
  const [before, began] = [runs.requests(), Date.now()];
  while (runs.requests() < before + more) {
    assert.ok(Date.now() - began < longestMs, `only ${runs.requests() - before} requests in ${longestMs} ms`);
    await sleep(20);
  }
  return Date.now() - began;
}

/**
 * Waits for the end of all runs, checks that each completed with a mirror that is what history says, and prints the line of the fault.
 *
 * @param recoverMs - from the end of the fault until the runs went on
 * @param mayRepeat - how many calls that were in flight may have been made again
 */
export async function allComplete(stack: TestStack, fault: string, runs: RunsInFlight, { recoverMs, mayRepeat = 0, tried = 1 }: { recoverMs: number | null; mayRepeat?: number; tried?: number }): Promise<Ended[]> {
  // `ended` compares mirror, history and report
  const ends = await Promise.all(runs.handles.map((handle) => ended(stack, handle)));
  for (const end of ends) assert.equal(end.temporal, 'COMPLETED', end.message);
  const repeated = runs.requests() - ends.reduce((sum, { report }) => sum + report.totals.calls, 0);
  assert.ok(repeated <= mayRepeat, `${repeated} calls were made again`);
  for (const { report } of ends) assert.ok(report.phases.every(({ attempts }) => attempts <= 1), 'no attempt at an artifact was used up');
  reportFault({ fault, tried, runsLost: 0, eventsLost: 0, callsRepeated: repeated, recoverMs });
  return ends;
}
