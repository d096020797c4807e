import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WorkflowNotFoundError, WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { DECISION_ACTIONS, type DecisionAction, type IgnoreReason } from '../../src/domain/gate-decisions.js';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { ended, untilStatus } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack({ modelCallTimeoutMs: 60_000 });
  await stack.template('table', [
    { key: 'design', gates: ['lead'] },
    { key: 'plan', gates: ['final'] },
  ]);
});
after(() => stack.stop());

const NOTE = { tools: [{ name: 'write_artifact', args: { title: 'a note' } }] };
const NEVER = { delayMs: 60_000 };

/** When a decision comes, and how a run gets there. */
const MOMENTS: Record<string, { script: Behaviour[]; arrive: (handle: WorkflowHandle) => Promise<unknown> }> = {
  'before its gate': { script: [NEVER], arrive: (handle) => at(handle, 'design', 'running') },
  'at its gate': { script: [NOTE, NEVER], arrive: (handle) => at(handle, 'design', 'awaiting_approval') },
  'after its gate': { script: [NOTE, NEVER], arrive: (handle) => passed(handle, 'running') },
  'at a later gate': { script: [NOTE, NOTE], arrive: (handle) => passed(handle, 'awaiting_approval') },
};

type Expected = Record<keyof typeof MOMENTS, IgnoreReason | 'applied'>;
const row = (
  beforeIt: Expected[string],
  atIt: Expected[string],
  afterIt: Expected[string],
  later: Expected[string],
): Expected => ({
  'before its gate': beforeIt,
  'at its gate': atIt,
  'after its gate': afterIt,
  'at a later gate': later,
});

/** What a decision says besides its action, and what becomes of it at each moment. */
const TABLE: [name: string, payload: unknown, expected: Expected][] = [
  ['nothing', {}, row('no_open_gate', 'applied', 'no_open_gate', 'applied')],
  [
    'its own gate',
    { phase: 'design', gate: 'lead' },
    row('no_open_gate', 'applied', 'already_decided', 'already_decided'),
  ],
  ['its own phase', { phase: 'design' }, row('no_open_gate', 'applied', 'no_open_gate', 'other_phase')],
  ['another gate', { gate: 'nope' }, row('no_open_gate', 'other_gate', 'no_open_gate', 'other_gate')],
  ['another phase', { phase: 'plan' }, row('no_open_gate', 'other_phase', 'no_open_gate', 'applied')],
  [
    'other bytes',
    { gate: 'lead', artifactSha256: 'f'.repeat(64) },
    row('no_open_gate', 'stale_artifact', 'no_open_gate', 'other_gate'),
  ],
  ['a text', 'yes', row('malformed', 'malformed', 'malformed', 'malformed')],
  ['a number', 7, row('malformed', 'malformed', 'malformed', 'malformed')],
  ['a list', [{}], row('malformed', 'malformed', 'malformed', 'malformed')],
  ['a wrong type', { by: 7 }, row('malformed', 'malformed', 'malformed', 'malformed')],
  ['an unknown field', { gates: 'lead' }, row('malformed', 'malformed', 'malformed', 'malformed')],
  ['a comment of 20 kB', { comment: 'x'.repeat(20_000) }, row('malformed', 'malformed', 'malformed', 'malformed')],
];

/** An abort that names nothing ends the run at any time: that stopping is always safe is tested below. */
const isRefused = (action: DecisionAction, name: string, expected: string): boolean =>
  expected !== 'applied' && !(action === 'abort' && name === 'nothing');

for (const [moment, { script, arrive }] of Object.entries(MOMENTS)) {
  const rows = DECISION_ACTIONS.flatMap((action) =>
    TABLE.map(([name, payload, expected]) => ({
      action,
      name,
      payload: withComment(action, payload),
      expected: expected[moment] ?? 'applied',
    })),
  );

  test(`S15: ${moment}: what does not count is recorded when it is a signal, refused without a trace when it is an update`, async () => {
    const handle = await stack.start('table', script);
    await arrive(handle);
    const refused = rows.filter(({ action, name, expected }) => isRefused(action, name, expected));
    const stood = await standing(handle);
    for (const { action, payload } of refused)
      await assert.rejects(update(handle, action, payload), WorkflowUpdateFailedError);
    const accepted = ((await handle.fetchHistory()).events ?? []).filter(
      ({ workflowExecutionUpdateAcceptedEventAttributes: event }) => event,
    );
    // whether a person edited the file can only be seen by looking at the disk, which takes an activity
    const looked = refused.filter(({ action, expected }) => action === 'approve' && expected === 'stale_artifact');
    assert.equal(accepted.length, looked.length, 'refused updates leave nothing in history');
    for (const { action, payload } of refused) await handle.signal(action, payload);
    assert.deepEqual(await standing(handle), stood, 'the run waits on');
    await handle.signal('abort');
    const { events } = await ended(stack, handle);
    const ignored = events
      .filter(({ type }) => type === 'decision_ignored')
      .map(({ payload }) => `${String(payload.name)} ${String(payload.reason)}`);
    const expected = refused.map(({ action, expected: reason }) => `${action} ${reason}`);
    // in the order of arrival; but while one is looked into, well-formed ones wait for their turn
    assert.deepEqual(looked.length > 0 ? ignored.sort() : ignored, looked.length > 0 ? expected.sort() : expected);
  });

  test(`S15: ${moment}: what counts is applied, once, by signal and by update; the same again is not`, async () => {
    for (const { action, name, payload, expected } of rows.filter(
      (each) => each.expected === 'applied' && !(each.action === 'abort' && each.name === 'nothing'),
    )) {
      for (const via of ['signal', 'update'] as const) {
        const handle = await stack.start('table', script);
        await arrive(handle);
        const [open] = (await stack.status(handle)).openGates;
        if (via === 'signal') await handle.signal(action, payload);
        else await update(handle, action, payload);
        await untilStatus(
          stack,
          handle,
          ({ openGates }) => !openGates.some(({ requestId }) => requestId === open?.requestId),
        );
        await handle.signal(action, { ...(payload as object), gate: open?.gate, phase: open?.phase }).catch(onlyClosed);
        await handle.signal('abort').catch(onlyClosed);
        const { events, temporal } = await ended(stack, handle);
        const resolved = events.filter(
          ({ type, payload: facts }) => type === 'approval_resolved' && facts.requestId === open?.requestId,
        );
        assert.deepEqual(
          resolved.map(({ payload: facts }) => [facts.action, facts.via]),
          [[action, via]],
          `${action} ${name} by ${via}: ${expected}`,
        );
        assert.equal(
          temporal,
          action === 'reject'
            ? 'FAILED'
            : action === 'approve' && moment === 'at a later gate'
              ? 'COMPLETED'
              : 'CANCELLED',
        );
      }
    }
  });
}

test('S15: an abort that names nothing applies at any moment; on a closed run every decision is answered with NotFound', async () => {
  for (const { script, arrive } of Object.values(MOMENTS)) {
    const handle = await stack.start('table', script);
    await arrive(handle);
    await update(handle, 'abort', {});
    assert.equal((await ended(stack, handle)).temporal, 'CANCELLED');
    for (const action of DECISION_ACTIONS) {
      await assert.rejects(handle.signal(action), WorkflowNotFoundError);
      await assert.rejects(update(handle, action, {}), WorkflowNotFoundError);
    }
  }
});

function withComment(action: DecisionAction, payload: unknown): unknown {
  return action === 'requestChanges' && typeof payload === 'object' && !Array.isArray(payload)
    ? { comment: 'clearer', ...payload }
    : payload;
}

/** As an update: the action is a field; a payload that is not an object is sent as it is. */
function update(handle: WorkflowHandle, action: DecisionAction, payload: unknown): Promise<unknown> {
  const arg = typeof payload === 'object' && !Array.isArray(payload) ? { action, ...payload } : payload;
  return handle.executeUpdate('decide', { args: [arg] });
}

async function at(handle: WorkflowHandle, phase: string, state: string): Promise<unknown> {
  return untilStatus(stack, handle, ({ phases }) => phases.find(({ key }) => key === phase)?.state === state);
}

async function passed(handle: WorkflowHandle, state: string): Promise<unknown> {
  await at(handle, 'design', 'awaiting_approval');
  await handle.signal('approve');
  return at(handle, 'plan', state);
}

async function standing(handle: WorkflowHandle): Promise<unknown> {
  const { state, phases, openGates } = await stack.status(handle);
  return { state, phases: phases.map((phase) => phase.state), gates: openGates.map(({ requestId }) => requestId) };
}

function onlyClosed(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}
