import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { ConversationMessage } from '../../src/domain/record/conversation.js';
import type { JsonObject } from '../../src/domain/text/json.js';
import { money } from '../../src/domain/money/amount.js';
import { countStatements, event, modelCall, newRun, testMirror, toolCall } from './support.js';
import { anyText } from '../support/any-text.js';

const THREAD = 'run:r:phase:design';

function message(ordinal: number, more: Partial<ConversationMessage> = {}): ConversationMessage {
  const said = { role: 'user', content: `message ${ordinal}` };
  return {
    ordinal,
    id: `m${ordinal}`,
    attempt: 1,
    role: 'user',
    message: said,
    wrote: [],
    ts: '2026-11-25T10:00:00.000Z',
    ...more,
  };
}

const write = (messages: ConversationMessage[], more: object = {}) => ({
  messages,
  modelCalls: [],
  toolCalls: [],
  ...more,
});

test('S21: a reply and its line of the ledger are one write, which may be repeated and adds nothing then', async (t) => {
  const { mirror } = await testMirror(t);
  const run = newRun();
  const store = mirror.conversation(run, THREAD);
  assert.deepEqual(await store.read(), { messages: [], modelCalls: [] });
  assert.equal(await mirror.hasConversation(run.runId, THREAD), false);
  const reply = message(2, {
    id: 'reply',
    role: 'assistant',
    message: { role: 'assistant', content: null, reasoning_content: 'hm', x: 1 },
  });
  const call = modelCall('reply', {
    threadId: THREAD,
    costInputMicroUsd: money(100.4),
    costOutputMicroUsd: money(50),
    reservedMicroUsd: money(1e-7),
    reservedTokens: 7,
  });
  const whole = write([message(1), reply], { modelCalls: [call], toolCalls: [toolCall('t', { threadId: THREAD })] });
  assert.equal(await countStatements(() => store.append(whole)), 3, 'two of them make the row of the run');
  assert.equal(await countStatements(() => store.append(whole)), 3, 'two of them read what is there');
  const kept = await store.read();
  assert.deepEqual(kept.messages, [message(1), reply]);
  assert.deepEqual(kept.modelCalls, [call], 'with the parts of a micro-dollar');
  assert.equal((await mirror.findRun(run.runId))?.costMicroUsd, '150');
  assert.equal(await mirror.hasConversation(run.runId, THREAD), true);
});

test('S21: the order of the members of a reply is kept: a provider that caches prompts counts on it', async (t) => {
  const { mirror } = await testMirror(t);
  const store = mirror.conversation(newRun(), THREAD);
  const text = '{"zebra":1,"content":"é","a":{"long_member_name":[1,2],"b":null}}';
  await store.append(write([message(1, { message: JSON.parse(text) as JsonObject })]));
  assert.equal(JSON.stringify((await store.read()).messages[0]?.message), text);
});

test('S21: text of any kind survives the way through PostgreSQL', async (t) => {
  const { mirror } = await testMirror(t);
  const text = fc.oneof(
    anyText(),
    fc.constantFrom('NUL \0', 'escape \\u0000', '\uD800 half', '⟦u0000⟧', '🌳\u202e\'"'),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ content: text, key: text }, { noNullPrototype: true }), { maxLength: 4 }),
      text,
      async (contents, path) => {
        const run = newRun();
        const messages = contents.map((said, index) =>
          message(index + 1, { id: `${index}${path}`, message: said, wrote: [path] }),
        );
        await mirror.conversation(run, THREAD).append(write(messages));
        assert.deepEqual((await mirror.conversation(run, THREAD).read()).messages, messages);
      },
    ),
    { numRuns: 50 },
  );
});

test('another attempt has gone on with the conversation: nothing is written over, the ledger has the calls', async (t) => {
  const { mirror } = await testMirror(t);
  const run = newRun();
  const [ours, theirs] = [mirror.conversation(run, THREAD), mirror.conversation(run, THREAD)];
  await ours.append(write([message(1)]));
  const replies = ['a', 'b', 'c', 'd'].map((id) =>
    write([message(2, { id, role: 'assistant', message: { role: 'assistant', content: id } })], {
      modelCalls: [modelCall(id, { threadId: THREAD })],
    }),
  );
  const results = await Promise.allSettled(
    replies.map((reply, index) => (index % 2 === 0 ? ours : theirs).append(reply)),
  );
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  const names = results.flatMap((result) => (result.status === 'rejected' ? [(result.reason as Error).name] : []));
  assert.deepEqual(names, ['OlderAttempt', 'OlderAttempt', 'OlderAttempt']);
  assert.equal((await ours.read()).messages.length, 2);
  assert.equal((await ours.read()).modelCalls.length, 4);
  assert.equal((await mirror.findRun(run.runId))?.costMicroUsd, '600');
});

test('a write that is repeated while the first one is still under way is not a conflict', async (t) => {
  const { mirror } = await testMirror(t);
  const store = mirror.conversation(newRun(), THREAD);
  await store.append(write([message(1)]));
  const reply = write([message(2)], { modelCalls: [modelCall('reply', { threadId: THREAD })] });
  await Promise.all([store.append(reply), store.append(reply), store.append(reply)]);
  assert.deepEqual(
    (await store.read()).messages.map(({ ordinal }) => ordinal),
    [1, 2],
  );
});

test('when another attempt has gone on with a conversation, nothing is added, not even later messages', async (t) => {
  const { mirror } = await testMirror(t);
  const run = newRun();
  const store = mirror.conversation(run, THREAD);
  await store.append(write([message(1)]));
  await store.append(write([message(2, { id: 'reply' })]));
  // the other one was told something first: its reply stands where nobody is yet
  const calls = {
    modelCalls: [modelCall('late', { threadId: THREAD })],
    toolCalls: [toolCall('late', { threadId: THREAD })],
  };
  await assert.rejects(store.append(write([message(2, { id: 'note' }), message(3, { id: 'late' })], calls)), {
    name: 'OlderAttempt',
  });
  const kept = await store.read();
  assert.deepEqual(
    kept.messages.map(({ id }) => id),
    ['m1', 'reply'],
  );
  assert.deepEqual(
    kept.modelCalls.map(({ id }) => id),
    ['late'],
  );
  assert.equal((await mirror.findRun(run.runId))?.costMicroUsd, '150');
});

test('two attempts at once, whatever each of them says: the conversation is that of one of them', async (t) => {
  const { mirror } = await testMirror(t);
  const lengths = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(lengths, async (attempts) => {
      const store = mirror.conversation(newRun(), THREAD);
      await store.append(write([message(1)]));
      const said = (by: number, length: number) =>
        Array.from({ length }, (_, index) => message(index + 2, { id: `${by}:${index}` }));
      const results = await Promise.allSettled(attempts.map((length, by) => store.append(write(said(by, length)))));
      const kept = (await store.read()).messages.slice(1).map(({ id }) => id);
      const winner = results.findIndex(({ status }) => status === 'fulfilled');
      assert.deepEqual(
        kept,
        said(winner, attempts[winner] ?? 0).map(({ id }) => id),
      );
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    }),
    { numRuns: 30 },
  );
});

test('a repeated write that has more than the first adds what is missing', async (t) => {
  const { mirror } = await testMirror(t);
  const store = mirror.conversation(newRun(), THREAD);
  await store.append(write([message(1), message(2)]));
  await store.append(
    write([message(1), message(2), message(3)], { modelCalls: [modelCall('m3', { threadId: THREAD })] }),
  );
  const kept = await store.read();
  assert.deepEqual(
    [kept.messages.map(({ id }) => id), kept.modelCalls.map(({ id }) => id)],
    [['m1', 'm2', 'm3'], ['m3']],
  );
});

test('messages that follow on nothing are not kept: the conversation was deleted, or a standby took over without its end', async (t) => {
  const { mirror } = await testMirror(t);
  const run = newRun();
  const store = mirror.conversation(run, THREAD);
  await store.append(write([message(1), message(2)]));
  const late = write([message(4)], { modelCalls: [modelCall('m4', { threadId: THREAD })] });
  await assert.rejects(store.append(late), { name: 'OlderAttempt' });
  assert.equal((await store.read()).messages.length, 2);
  assert.equal((await mirror.findRun(run.runId))?.costMicroUsd, '150', 'what is paid is counted');
  await mirror.deleteConversations(run.runId);
  await assert.rejects(store.append(write([message(3)])), { name: 'OlderAttempt' });
  assert.deepEqual((await store.read()).messages, []);
});

test('conversations stay apart, and are deleted run by run or by the age of their runs', async (t) => {
  const { mirror } = await testMirror(t);
  const [old, young, open] = [newRun(), newRun(), newRun()];
  for (const run of [old, young, open]) {
    await mirror.appendEvents(run, [event('run_created')]);
    for (const thread of ['x', 'y']) await mirror.conversation(run, thread).append(write([message(1), message(2)]));
  }
  await mirror.appendEvents(old, [event('run_completed', { ts: '2026-10-01T00:00:00.000Z' })]);
  await mirror.appendEvents(young, [event('run_completed', { ts: '2026-11-20T00:00:00.000Z' })]);
  const before = new Date('2026-11-01T00:00:00.000Z');
  const left = async () =>
    Promise.all([old, young, open].map(async ({ runId }) => (await mirror.listConversations(runId)).length));
  assert.deepEqual([await mirror.deleteOldConversations(before, true), await left()], [1, [2, 2, 2]]);
  assert.deepEqual([await mirror.deleteOldConversations(before, false), await left()], [1, [0, 2, 2]]);
  await mirror.deleteConversations(open.runId);
  assert.deepEqual(await left(), [0, 2, 0]);
  assert.deepEqual(
    (await mirror.listConversations(young.runId)).map(({ threadId, messages }) => [threadId, messages.length]),
    [
      ['x', 2],
      ['y', 2],
    ],
  );
});
