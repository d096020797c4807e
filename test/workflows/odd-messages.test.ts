import { type ActivatedRun, rawDecide, rawPayload, rawSignal, signal } from './support/activated-run.js';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MAX_MESSAGE_BYTES } from '../../src/domain/message-payload.js';
import { outcome } from './support/plans.js';
import { atGateInWorker } from './support/runs.js';

const MANY = 1_900_000;
const json = (value: unknown) => rawPayload(JSON.stringify(value));
const nested = (depth: number) => rawPayload(`{"phase":${'['.repeat(depth)}${']'.repeat(depth)}}`);
/** What people and their programs may send instead of a decision; an update gets the same, of whatever action. */
const ODD: Record<string, ReturnType<typeof rawPayload>[]> = {
  'nested 60 deep': [nested(60)],
  'nested 10,000 deep': [nested(10_000)],
  'nested 900,000 deep': [nested(900_000)],
  '100,000 keys': [json(Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`key-${n}`, n])))],
  '9,000 keys': [json(Object.fromEntries(Array.from({ length: 9_000 }, (_, n) => [`key-${n}`, n])))],
  'a huge by': [json({ by: 'x'.repeat(MANY) })],
  'a huge comment': [json({ comment: 'x'.repeat(MANY) })],
  'a huge phase': [json({ phase: 'x'.repeat(MANY) })],
  'a huge key': [json({ ['x'.repeat(MANY)]: 1 })],
  'a long by': [json({ by: 'x'.repeat(100_000) })],
  'a long key': [json({ ['x'.repeat(100_000)]: 1 })],
  'a huge array': [rawPayload(`[${'1,'.repeat(MANY / 2)}1]`)],
  'huge broken JSON': [rawPayload('{oops'.repeat(MANY / 5))],
  'broken JSON': [rawPayload('{oops')],
  'broken UTF-8': [rawPayload(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]))],
  '2 MB of bytes': [rawPayload(new Uint8Array(MANY), 'binary/plain')],
  '100 kB of bytes': [rawPayload(new Uint8Array(100_000), 'binary/plain')],
  'an unknown encoding': [rawPayload('x', 'application/x-strange')],
  'an encoding of 1 MB': [rawPayload('x', 'e'.repeat(1_000_000))],
  'no encoding': [{ metadata: {}, data: new Uint8Array(3) }],
  'a field of the prototype': [rawPayload('{"__proto__":{"by":"ann"}}')],
  'a number': [json(7)],
};
const SIGNALS = ['approve', 'reject', 'requestChanges', 'abort', 'pause', 'resume', 'retry', 'skip'];
/** Of 20 messages in one task; 2 MB of bytes took 2 s each on a quick machine, 40 s in all. */
const SOON_MS = 15_000;

/** It has had no effect, and the run can still be approved. */
async function goesOn(run: ActivatedRun): Promise<void> {
  assert.deepEqual(
    run.status.openGates.map(({ gate }) => gate),
    ['lead'],
  );
  assert.equal(run.status.state, 'executing');
  await run.tell(run.decide('right', { action: 'approve', by: 'ann' }));
  assert.match(JSON.stringify(run.updates.get('right')), /approve is applied/);
  await run.tell(run.completed('executePhase', outcome('plan')));
  assert.equal(run.closed?.as, 'completed');
}

describe('odd payloads', () => {
  for (const [what, payload] of Object.entries(ODD)) {
    test(`${what}, as signals: each is ignored with its reason, soon, and little of it is kept`, async () => {
      const run = await atGateInWorker();
      const began = performance.now();
      await run.tell(...[1, 2, 3].flatMap(() => SIGNALS.map((name) => rawSignal(name, ...payload))));
      assert.ok(performance.now() - began < SOON_MS, `${performance.now() - began} ms`);
      assert.equal(run.status.ignoredTotal, 3 * SIGNALS.length);
      for (const { reason } of run.status.ignored) {
        assert.ok(reason.length < 400, reason.slice(0, 500));
        assert.doesNotMatch(reason, /unreadablePayload/);
      }
      await goesOn(run);
      assert.ok(JSON.stringify(run.events).length < 40_000);
      assert.deepEqual(
        new Set(run.events.map(({ payload: { reason } }) => reason).filter((reason) => reason)),
        new Set(['malformed']),
      );
    });

    test(`${what}, as updates: each is refused in a sentence, soon, and leaves no trace`, async () => {
      const run = await atGateInWorker();
      const [began, before] = [performance.now(), run.commands.length];
      await run.tell(...Array.from({ length: 20 }, (_, n) => rawDecide(`odd-${n}`, ...payload)));
      assert.ok(performance.now() - began < SOON_MS, `${performance.now() - began} ms`);
      const { refused = '' } = run.updates.get('odd-19') as { refused?: string };
      assert.match(refused, /^(expected a JSON object|the payload can't be read|action must be)/);
      assert.ok(refused.length < 400, refused.slice(0, 500));
      assert.deepEqual(new Set(run.commands.slice(before).flat()), new Set(['updateResponse']));
      await goesOn(run);
    });
  }
});

test('a message says why its payload was not read', async () => {
  const run = await atGateInWorker();
  await run.tell(rawSignal('pause', rawPayload('{oops')));
  await run.tell(rawSignal('approve', rawPayload('x', 'application/x-strange')));
  await run.tell(rawSignal('abort', json({ comment: 'x'.repeat(MAX_MESSAGE_BYTES) })));
  const [broken, encoding, large] = run.status.ignored.map(({ reason }) => reason);
  assert.match(broken ?? '', /^the payload can't be read: .*JSON/);
  assert.match(encoding ?? '', /^the payload can't be read: .*application\/x-strange/);
  assert.match(
    large ?? '',
    new RegExp(`^the payload can't be read: it has \\d+ bytes, at most ${MAX_MESSAGE_BYTES} are read`),
  );
});

test('the longest decision is read, however it is written', async () => {
  const run = await atGateInWorker();
  const text = '\\ud83d\\ude00'.repeat(5_000);
  await run.tell(rawSignal('requestChanges', rawPayload(`{"comment":"${text}","by":"${'\\u00e9'.repeat(200)}"}`)));
  assert.deepEqual(run.pendingTypes, ['executePhase']);
});

test('arguments behind the first are not read', async () => {
  const run = await atGateInWorker();
  const more = Array.from({ length: 1_000 }, () => rawPayload('{oops'));
  await run.tell(rawSignal('pause', json({ by: 'ann' }), ...more), signal('resume'));
  await run.tell(rawDecide('many', json({ action: 'approve', by: 'ann' }), ...more));
  assert.match(JSON.stringify(run.updates.get('many')), /approve is applied/);
  assert.equal(run.status.ignoredTotal, 0);
});
