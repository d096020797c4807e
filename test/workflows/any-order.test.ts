import { ActivatedRun, coded, signal, type Job } from './support/activated-run.js';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mirroredState } from './support/mirrored-state.js';
import { gate, outcome, plan } from './support/plans.js';
import { HOOK } from './support/runs.js';

const PLAN = plan(
  [
    { key: 'design', gates: [gate('lead'), gate('security')], maySkip: true },
    { key: 'plan', gates: [gate('lead')] },
  ],
  { onBudget: 'wait', onHumanRequired: 'wait', notify: [HOOK] },
);
const MESSAGES = [
  ['approve'],
  ['approve', { gate: 'lead' }],
  ['approve', { gate: 'security' }],
  ['requestChanges', { comment: 'c', gate: 'lead' }],
  ['pause'],
  ['resume'],
  ['retry'],
  ['retry', { budgetUsd: 3 }],
  ['skip'],
  ['aprove'],
  ['approve', 7],
] as const;
const message = fc.constantFrom(...MESSAGES).map(([name, payload]): Step => () => [signal(name, payload)]);
const FAILURES = ['model_auth_failed', 'budget_exceeded', 'provider_rate_limited'];
const end = fc.constantFrom('ok', ...FAILURES, 'cancelled').map(
  (how): Step =>
    (run) =>
      endOf(run, how),
);

/** What is told next, if it can be told now. */
type Step = (run: ActivatedRun) => Job[];

function endOf(run: ActivatedRun, how: string): Job[] {
  if (run.pendingTypes.includes('planRun')) return [run.completed('planRun', PLAN)];
  if (!run.pendingTypes.includes('executePhase')) return [];
  const task = run.pending.find(({ type }) => type === 'executePhase')?.args[0] as { phase: { key: string } };
  if (how === 'ok' || how === 'cancelled') return [run.completed('executePhase', outcome(task.phase.key))];
  return [run.failed('executePhase', coded(how))];
}

/** One workflow task: what ends comes behind the messages, as the server hands it over. */
const tasks = fc.array(fc.record({ messages: fc.array(message, { maxLength: 3 }), end: fc.option(end) }), {
  maxLength: 12,
});

async function tell(run: ActivatedRun, steps: Step[]): Promise<void> {
  const jobs = steps.flatMap((step) => step(run));
  if (run.isOpen && jobs.length > 0) await run.tell(...jobs);
}

test('in any order of messages and ends: state, search attribute and mirror agree, and an abort ends the run as cancelled', async () => {
  await fc.assert(
    fc.asyncProperty(tasks, end, fc.boolean(), async (told, last, together) => {
      const run = await new ActivatedRun({ template: 't' }).start();
      for (const task of told) {
        await tell(run, [...task.messages, ...(task.end ? [task.end] : [])]);
        const { state, waitsFor } = run.status;
        assert.deepEqual([run.shown.RunState ?? 'created', mirroredState(run.events)], [state, state]);
        assert.equal(waitsFor !== null, state === 'paused');
        if (state === 'paused' && waitsFor?.kind === 'parked') assert.ok(!run.pendingTypes.includes('executePhase'));
      }
      if (!run.isOpen) return;
      const abort: Step = () => [signal('abort', { by: 'ann' })];
      await tell(run, together ? [abort, last] : [abort]);
      await tell(run, [last]);
      assert.deepEqual([run.closed?.as, run.unfinishedHandlers], ['cancelled', 0]);
      assert.equal(run.events.findLast(({ type }) => type.startsWith('run_'))?.payload.by, 'ann');
      assert.ok(run.status.phases.every(({ state }) => state !== 'running' && state !== 'awaiting_approval'));
    }),
    { numRuns: 100 },
  );
});
