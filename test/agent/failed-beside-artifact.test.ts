import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import type { ConversationStore } from '../../src/domain/record/conversation.js';
import { MOST_SLIPS } from '../../src/agent/slips/count-turns.js';
import { agentBench, ARTIFACT, type AgentBench } from './support/agent-bench.js';
import { callTool, callTools, onlySay } from './support/http-stub.js';

interface Call {
  name: string;
  args: unknown;
}

const OK: readonly Call[] = [
  { name: 'ls', args: {} },
  { name: 'write_file', args: { path: 'repo/a.txt', content: 'a' } },
  { name: 'write_file', args: { path: 'artifacts/notes.json', content: '{}' } },
];
const FAILING: readonly Call[] = [
  { name: 'edit_file', args: { path: 'repo/none.txt', oldText: 'x', newText: 'y' } },
  { name: 'write_file', args: { path: '../outside', content: 'a' } },
  { name: 'write_file', args: { path: 'repo/secret/a', content: 'a' } },
  { name: 'read_file', args: { path: 5 } },
  { name: 'run_anything', args: {} },
  { name: 'write_file', args: '{"path": "repo/a.txt", "content": }' },
  { name: 'ls', args: '[1]' },
];
const ARTIFACT_WRITES: readonly Call[] = [
  { name: 'write_artifact', args: { title: 'a' } },
  { name: 'write_file', args: { path: ARTIFACT, content: '{"title":"a"}' } },
  { name: 'write_file', args: { path: `./${ARTIFACT}`, content: { title: 'a' } } },
];

test('an artifact beside a call that failed is not taken, before or after it, and its answer says why', async (t) => {
  for (const [index, failing] of FAILING.entries()) {
    const write = ARTIFACT_WRITES[index % ARTIFACT_WRITES.length] as Call;
    for (const calls of [
      [failing, write],
      [write, failing],
    ]) {
      const bench = await agentBench(t, callTools(calls), callTool('write_artifact', { title: 'b' }));
      const { outcome } = await bench.run();
      assert.equal(outcome.kind, 'artifact_written');
      assert.equal(bench.stub.requests.length, 2, JSON.stringify(calls));
      const answers = bench.stub.requests[1]?.body.messages.slice(-2).map(({ content }) => String(content)) ?? [];
      const n = calls.indexOf(failing) + 1;
      assert.match(String(answers[2 - n]), new RegExp(`not taken.*${failing.name} \\(call ${n} of this reply\\)`));
      assert.match(String(answers[2 - n]), /write the artifact again/);
      assert.match(String(answers[n - 1]), /^Error: /);
      assert.deepEqual(await bench.artifact(), { title: 'b' });
      assert.deepEqual(new Set(bench.kept.messages.map(({ attempt }) => attempt)), new Set([1]), 'no attempt is used');
    }
  }
});

test('an edit of the artifact beside a call that failed is not taken, and an edit alone is', async (t) => {
  const edit = { name: 'edit_file', args: { path: ARTIFACT, oldText: '"a"', newText: '"b"' } };
  const bench = await agentBench(
    t,
    callTools([{ name: 'write_artifact', args: { title: 'a' } }, edit, { name: 'nothing', args: {} }]),
    callTool('edit_file', { path: ARTIFACT, oldText: '"b"', newText: '"c"' }),
  );
  assert.equal((await bench.run()).outcome.kind, 'artifact_written');
  assert.equal(bench.stub.requests.length, 2);
  assert.deepEqual(await bench.artifact(), { title: 'c' });
});

test('a failed write to the path of the artifact keeps an earlier one in the reply from being taken', async (t) => {
  const bench = await agentBench(
    t,
    callTools([
      { name: 'write_artifact', args: { title: 'a' } },
      { name: 'edit_file', args: { path: ARTIFACT, oldText: 'nowhere', newText: 'b' } },
    ]),
    ...onlySay('Done.'),
  );
  const { outcome } = await bench.run();
  assert.equal(outcome.kind, 'no_artifact');
  assert.equal(bench.kept.toolCalls[0]?.outcome, 'ok');
  assert.match(String(bench.kept.toolCalls[0]?.message), /^not taken as the artifact.*edit_file/);
});

test('the artifact is not taken beside more calls than are run', async (t) => {
  const lists = Array.from({ length: 32 }, () => ({ name: 'ls', args: {} }));
  const bench = await agentBench(
    t,
    callTools([{ name: 'write_artifact', args: { title: 'a' } }, ...lists]),
    callTool('write_artifact', { title: 'b' }),
  );
  await bench.run();
  assert.equal(bench.stub.requests.length, 2);
  assert.deepEqual(await bench.artifact(), { title: 'b' });
});

test('many failed calls are counted, and only some are named', async (t) => {
  const calls = [...FAILING, { name: 'write_artifact', args: { title: 'a' } }];
  const bench = await agentBench(t, callTools(calls), ...onlySay('hm'));
  await bench.run();
  assert.match(String(bench.stub.requests[1]?.body.messages.at(-1)?.content), / and 4 more\. /);
});

test('an agent that always fails beside the artifact ends at the limit of model calls', async (t) => {
  const replies = [1, 2, 3, 4, 5, 6].map((n) => [
    { name: 'write_artifact', args: { title: 'a' } },
    { name: 'read_file', args: { path: `repo/none-${n}` } },
  ]);
  const bench = await agentBench(t, ...replies.map((calls) => callTools(calls)));
  assert.deepEqual((await bench.run({ maxModelCalls: 4 })).outcome, { kind: 'call_limit', calls: 4 });
  assert.equal(bench.stub.requests.length, 4);
});

const aCall = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...OK) },
  { weight: 2, arbitrary: fc.constantFrom(...ARTIFACT_WRITES) },
  { weight: 1, arbitrary: fc.constantFrom(...FAILING) },
);

test('property: a reply leaves the artifact if it writes it and no call fails, also after a crash before or after its answers are kept', async (t) => {
  const crashes = fc.constantFrom('none' as const, 'lost' as const, 'kept' as const);
  const replies = fc.array(aCall, { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(replies, crashes, async (calls, crash) => {
      const failed = calls.length > 32 || calls.some((call) => FAILING.includes(call));
      const taken = !failed && calls.some((call) => ARTIFACT_WRITES.includes(call));
      await checkOne(t, calls, crash, taken);
    }),
    { numRuns: 60 },
  );
});

async function checkOne(t: TestContext, calls: Call[], crash: 'none' | 'lost' | 'kept', taken: boolean): Promise<void> {
  const bench = await agentBench(t, callTools(calls), ...onlySay('That is all.'));
  if (crash !== 'none') {
    const killer = new AbortController();
    const conversation = crashing(bench, crash, () => killer.abort(new Error('killed')));
    await assert.rejects(bench.run({ signal: killer.signal, conversation }), /killed/);
  }
  const { outcome, calls: paid } = await bench.run();
  assert.equal(outcome.kind, taken ? 'artifact_written' : 'no_artifact', JSON.stringify({ calls, crash }));
  assert.equal(bench.stub.requests.length, paid.length, 'no reply is paid twice');
  assert.ok(taken ? paid.length === 1 : paid.length >= MOST_SLIPS);
  const wrote = calls.slice(0, 32).some((call) => ARTIFACT_WRITES.includes(call));
  const file = await readFile(join(bench.root, ARTIFACT), 'utf8').catch(() => null);
  assert.equal(file !== null, wrote, 'what a call wrote stays on the disk');
}

/** A conversation that ends with the second write, the one of the tools' answers. */
function crashing({ kept }: AgentBench, crash: 'lost' | 'kept', kill: () => void): ConversationStore {
  let writes = 0;
  return {
    read: () => kept.read(),
    append: async (write) => {
      writes += 1;
      if (writes === 2 && crash === 'kept') await kept.append(write);
      if (writes >= 2) {
        kill();
        throw new Error('the process is gone');
      }
      await kept.append(write);
    },
  };
}
