import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTick } from 'node:timers/promises';
import fc from 'fast-check';
import { inTurn } from '../../src/workspace/git/in-turn.js';

/** Work that ends when it is told to. */
function work(): { run: () => Promise<string>; end: (error?: Error) => void; began: () => boolean } {
  let [begun, end] = [false, (_?: Error): void => undefined];
  const ended = new Promise<string>((resolve, reject) => (end = (error) => (error ? reject(error) : resolve('done'))));
  return { run: () => ((begun = true), ended), end, began: () => begun };
}

test('one after the other, in order, also after one that failed; other keys do not wait', async () => {
  const [first, second, third, other] = [work(), work(), work(), work()];
  const [a, b, c] = [first, second, third].map(({ run }) => inTurn('key', run));
  const d = inTurn('another key', other.run);
  await nextTick();
  assert.deepEqual(
    [first, second, third, other].map(({ began }) => began()),
    [true, false, false, true],
  );
  first.end(new Error('no'));
  await assert.rejects(a as Promise<string>, /no/);
  await nextTick();
  assert.deepEqual([second.began(), third.began()], [true, false]);
  second.end();
  third.end();
  other.end();
  assert.deepEqual(await Promise.all([b, c, d]), ['done', 'done', 'done']);
});

test("work that is aborted while it waits fails with the signal's reason, and no other work changes its place", async () => {
  const [first, second, third] = [work(), work(), work()];
  const controller = new AbortController();
  const reason = new Error('cancelled');
  const a = inTurn('key', first.run);
  const b = inTurn('key', second.run, controller.signal);
  const c = inTurn('key', third.run);
  controller.abort(reason);
  await assert.rejects(b, reason);
  await assert.rejects(inTurn('key', second.run, controller.signal), reason);
  await nextTick();
  assert.deepEqual([first.began(), second.began(), third.began()], [true, false, false]);
  first.end();
  await a;
  third.end();
  assert.equal(await c, 'done');
  assert.ok(!second.began());
});

test('work that comes, fails and is aborted at random is never done two at once, and all other work has its turn', async () => {
  const arrivals = fc.array(
    fc.record({ ms: fc.integer({ min: 0, max: 3 }), fails: fc.boolean(), givesUp: fc.boolean() }),
    { maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(arrivals, async (list) => {
      let [inside, turns, gaveUp] = [0, 0, 0];
      const ends = list.map(({ ms, fails, givesUp }) => {
        const controller = new AbortController();
        const turn = inTurn(
          'key',
          async () => {
            assert.equal(++inside, 1);
            turns++;
            await new Promise((resolve) => setTimeout(resolve, ms));
            inside--;
            if (fails) throw new Error('no');
          },
          controller.signal,
        );
        if (givesUp) setTimeout(() => controller.abort(new Error('gave up')), 2);
        return turn.catch((error: Error) => void (error.message === 'gave up' && gaveUp++));
      });
      await Promise.all(ends);
      assert.equal(turns + gaveUp, list.length);
    }),
    { numRuns: 40 },
  );
});
