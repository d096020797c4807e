import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import test from 'node:test';
import { startable } from '../../src/local/startable.js';
import { openMirror } from '../../src/mirror/mirror.js';
import { newRun, testMirror } from '../mirror/support.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { agentBench } from './support/agent-bench.js';
import { callTool, callTools, onlySay, status } from './support/http-stub.js';

const THREAD = 'run:r:phase:design';

test('S21: a worker killed during call 3 costs that call, and no other', async (t) => {
  const { mirror, url } = await testMirror(t);
  const run = newRun();
  const bench = await agentBench(
    t,
    callTool('ls', {}),
    callTool('write_file', { path: 'repo/a.txt', content: 'a' }),
    () => worker.kill('SIGKILL'),
    callTool('ls', {}),
    callTool('write_artifact', { title: 'a' }),
  );
  const args = [...startable('../test/agent/support/agent-process.ts'), url, bench.stub.baseUrl, bench.root, run.runId];
  const worker = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  t.after(() => worker.kill('SIGKILL'));
  const [, signal] = (await once(worker, 'exit')) as [number | null, string | null];
  assert.equal(signal, 'SIGKILL');
  const { outcome, calls } = await bench.run({ conversation: mirror.conversation(run, THREAD) });
  assert.equal(outcome.kind, 'artifact_written');
  assert.equal(bench.stub.requests.length, 5);
  assert.equal(calls.length, 4);
});

test('S21: text of any kind survives the way through a conversation', async (t) => {
  const { mirror } = await testMirror(t);
  const odd = 'NUL \0, escape \\u0000, emoji 🌳, bidi \u202e, quote \'"';
  const bench = await agentBench(t, ...onlySay(odd), status(500, {}), callTool('write_artifact', { title: odd }));
  const conversation = mirror.conversation(newRun(), THREAD);
  await bench.run({ prompt: async () => odd, conversation });
  await assert.rejects(bench.run({ conversation, attempt: 2, repair: odd }), { code: 'provider_error' });
  await bench.run({ conversation, attempt: 2, repair: odd });
  const sent = bench.stub.requests.at(-1)?.body.messages.filter(({ content }) => content === odd);
  assert.deepEqual(
    sent?.map(({ role }) => role),
    ['user', ...Array.from({ length: 5 }, () => 'assistant'), 'user'],
  );
  assert.deepEqual(await bench.artifact(), { title: odd });
});

test('ids of any length and kind are kept: gateways put whole signatures into the ids of tool calls', async (t) => {
  const { mirror } = await testMirror(t);
  const noise = (length: number) => randomBytes(length).toString('base64');
  const ids = [noise(20_000), `\0${noise(3_000)}`, '\uD800', ' '];
  const answers = ids.map((id) =>
    callTools(
      [
        { name: 'ls', args: {}, id: noise(9_000) },
        { name: 'ls', args: {}, id },
      ],
      {},
      { id },
    ),
  );
  const bench = await agentBench(t, ...answers, status(500, {}), callTool('write_artifact', { title: 'a' }));
  const conversation = mirror.conversation(newRun(), THREAD);
  await assert.rejects(bench.run({ conversation }), { code: 'provider_error' });
  assert.equal((await bench.run({ conversation })).outcome.kind, 'artifact_written');
  assert.equal(bench.stub.requests.length, ids.length + 2, 'no call is paid twice');
  const last = bench.stub.requests.at(-1)?.body.messages ?? [];
  const asked = last.flatMap(({ tool_calls }) => (tool_calls ?? []).map(({ id }) => id));
  assert.deepEqual(
    last.flatMap(({ tool_call_id }) => tool_call_id ?? []),
    asked,
    'every call is answered under its own id',
  );
  assert.equal(asked.length, 2 * ids.length);
});

test('PostgreSQL away when an attempt begins is mirror_unavailable, never a model error, and nothing is paid', async (t) => {
  const bench = await agentBench(t);
  const away = openMirror('postgresql://nobody@127.0.0.1:1/nothing');
  t.after(() => away.close());
  const conversation = away.conversation(newRun(), THREAD);
  await assert.rejects(bench.run({ conversation }), { name: 'PhasegateError', code: 'mirror_unavailable' });
  assert.equal(bench.stub.requests.length, 0);
});

test('a reply that is paid waits for PostgreSQL to come back, and is not paid again', async (t) => {
  const { url } = await testMirror(t);
  const proxy = await startTcpProxy(url);
  t.after(() => proxy.close());
  const mirror = openMirror(proxy.url);
  t.after(() => mirror.close());
  const bench = await agentBench(t, callTool('ls', {}), callTool('ls', {}), callTool('write_artifact', { title: 'a' }));
  const waits: string[] = [];
  let [begun, over] = [0, 0];
  const observe = {
    ...bench.request.observe,
    modelCallStarted: (n: number) => void (n === 2 && proxy.cut()),
    waiting: (reason: string) => {
      waits.push(reason);
      setTimeout(() => proxy.mend(), 1_500);
    },
    atRecord: () => {
      begun++;
      return () => void over++;
    },
  };
  const conversation = mirror.conversation(newRun(), THREAD);
  assert.equal((await bench.run({ conversation, observe })).outcome.kind, 'artifact_written');
  assert.equal(bench.stub.requests.length, 3);
  assert.ok(waits.length > 0);
  assert.ok(begun > 3 && over === begun, 'the time of each read and write is told of');
});
