import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { backendAccess, backendState } from '../../../src/agent/model/backend-access.js';
import { ModelFailure } from '../../../src/agent/model/model-failure.js';
import { findBackends } from '../../../src/catalog/find-backends.js';
import { findPersonas } from '../../../src/catalog/find-personas.js';
import { combineDialects, OUR_FIELDS } from '../../../src/domain/template/dialect.js';
import { agentBench } from '../support/agent-bench.js';
import { callTool, completion, onlySay, say, startHttpStub, status } from '../support/http-stub.js';

const BACKEND = { baseUrl: 'http://x/v1', apiKeyEnv: 'KEY', prices: {} };

test("a persona's settings come before its backend's, and the JSON of both is merged", () => {
  const backend = { request: { a: { b: 1, c: 1 }, d: [1] }, systemRole: 'user' as const, artifactTool: false };
  const persona = { request: { a: { b: 2 }, d: [2] }, artifactTool: true, name: 'not a setting' };
  assert.deepEqual(combineDialects(backend, persona), {
    request: { a: { b: 2, c: 1 }, d: [2] },
    systemRole: 'user',
    artifactTool: true,
  });
  assert.deepEqual(combineDialects({}, {}), {});
});

test('fields that are ours are refused when a file is read, and never replaced', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'phasegate-settings-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'p.json');
  const persona = { name: 'p', version: '1', roles: ['r'], backend: 'b', model: 'm', systemPrompt: 's', tools: [] };
  for (const field of OUR_FIELDS) {
    await writeFile(file, JSON.stringify({ ...persona, request: { [field]: 1 } }));
    await assert.rejects(findPersonas(folder), (error: Error) => error.message.includes(field), field);
  }
  await writeFile(file, JSON.stringify({ ...persona, request: { top_p: 0.5 } }));
  assert.deepEqual((await findPersonas(folder))[0]?.request, { top_p: 0.5 });
  const backends = join(folder, 'b.yaml');
  await writeFile(backends, JSON.stringify({ backends: { b: { ...BACKEND, request: { messages: [] } } } }));
  await assert.rejects(findBackends(backends), { code: 'backends_invalid' });
  const bench = await agentBench(t, ...onlySay('hi'));
  const request = { model: 'other', messages: [], stream: true, n: 2, max_tokens: 1, top_p: 0.5 };
  await bench.run({ model: { ...bench.request.model, dialect: { request } } });
  const { body } = bench.stub.requests[0] ?? assert.fail();
  assert.deepEqual(
    [body.model, body.stream, body.n, body.max_tokens, body.top_p],
    ['stub-model', false, undefined, undefined, 0.5],
  );
  assert.equal(body.messages.length, 2);
});

test('a backend is available when its key and all of its headers are set, and says which variable is not', () => {
  const backend = { ...BACKEND, headersFromEnv: { 'x-team': 'TEAM' } };
  assert.equal(backendState(backend, { KEY: 'k' }), 'no_key');
  assert.equal(backendState(backend, { KEY: 'k', TEAM: 't' }), 'available');
  assert.throws(() => backendAccess('b', backend, {}, { KEY: 'k' }), {
    code: 'backend_unavailable',
    message: /a header in TEAM/,
  });
});

test('the values of headers go no further: not into the conversation, not into messages, not to another server', async (t) => {
  const secret = 'team-secret-0123456789';
  const elsewhere = await startHttpStub(say('hello'));
  t.after(() => elsewhere.close());
  const bench = await agentBench(
    t,
    callTool('write_file', { path: 'artifacts/x.txt', content: secret }),
    status(500, { error: { message: `bad header ${secret}` } }),
    (response) => void response.writeHead(307, { location: `${elsewhere.baseUrl}/chat/completions` }).end(),
  );
  const model = { ...bench.request.model, headers: { 'x-team': secret } };
  for (const _ of [1, 2])
    await assert.rejects(
      bench.run({ model }),
      (error) => error instanceof ModelFailure && !error.message.includes(secret),
    );
  assert.equal(bench.stub.requests[0]?.headers['x-team'], secret);
  assert.ok(!JSON.stringify([bench.kept, bench.seen]).includes(secret));
  assert.equal(elsewhere.requests.length, 0);
});

test('two phases that are refused at the same time both go on', async (t) => {
  const refusal = status(400, { error: { message: "Unsupported value: 'temperature' does not support 0.1" } });
  const bench = await agentBench(
    t,
    refusal,
    refusal,
    callTool('write_artifact', { title: 'a' }),
    callTool('write_artifact', { title: 'a' }),
  );
  const model = { ...bench.request.model, temperature: 0.1 };
  const run = (threadId: string) =>
    bench.run({
      model,
      threadId,
      conversation: {
        ...bench.request.conversation,
        read: async () => ({ messages: [], modelCalls: [] }),
        append: async () => undefined,
      },
    });
  const results = await Promise.all([run('a'), run('b')]);
  assert.deepEqual(
    results.map(({ outcome }) => outcome.kind),
    ['artifact_written', 'artifact_written'],
  );
});

test('finish reasons of other providers: a cut and a filter are told apart from an end', async (t) => {
  const FINISH = {
    MAX_TOKENS: 'output_truncated',
    model_length: 'output_truncated',
    SAFETY: 'content_filtered',
    'content_filter: PROHIBITED_CONTENT': 'content_filtered',
    end_turn: 'ended_without_writing',
  };
  for (const [finish_reason, reason] of Object.entries(FINISH)) {
    const bench = await agentBench(t, ...onlySay('half', { finish_reason }));
    const { outcome } = await bench.run();
    assert.ok(outcome.kind === 'no_artifact' && outcome.reason === reason, finish_reason);
  }
});

test('thoughts that go back with a reply count in the worst case of the next call', async (t) => {
  const reserved: number[] = [];
  for (const reasoning_content of ['hm', 'hm '.repeat(40_000)]) {
    const call = { id: 'a', type: 'function', function: { name: 'ls', arguments: '{}' } };
    const bench = await agentBench(
      t,
      completion({ tool_calls: [call], reasoning_content }, {}, { usage: undefined }),
      ...onlySay('done'),
    );
    await bench.run();
    reserved.push(bench.seen.begun[1]?.reservedTokens ?? 0);
  }
  const [few = 0, many = 0] = reserved;
  assert.ok(many - few > 20_000, `${few} and ${many} tokens`);
});
