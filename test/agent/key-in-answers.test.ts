import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { agentBench, API_KEY, ARTIFACT } from './support/agent-bench.js';
import {
  callTool,
  callTools,
  completion,
  onlySay,
  say,
  startHttpStub,
  status,
  type Answer,
} from './support/http-stub.js';

/** Every letter as \uXXXX: what only a reader of JSON recognises. */
const escaped = [...API_KEY].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

const SPELT: [name: string, answer: Answer][] = [
  ['words', say(`Your key is ${API_KEY}.`)],
  ['a refusal', completion({ refusal: `Not with ${API_KEY}` })],
  ['the name of a tool', callTool(API_KEY, {})],
  ['arguments', callTool('write_file', { path: 'repo/a.txt', content: `key=${API_KEY}` })],
  [
    'arguments, each letter escaped',
    callTools([{ name: 'write_file', args: `{"path":"repo/a.txt","content":"key=${escaped}"}` }]),
  ],
  ['a path', callTool('write_file', { path: `repo/${API_KEY}.txt`, content: '' })],
  ['broken arguments', callTools([{ name: 'write_file', args: `{"path": ${API_KEY}` }])],
  ['the artifact', callTool('write_artifact', { title: API_KEY, [API_KEY]: 1 })],
  [
    'ids',
    completion(
      { tool_calls: [{ id: API_KEY, type: 'function', function: { name: 'ls', arguments: '{}' } }] },
      {},
      { id: `chatcmpl-${API_KEY}`, model: API_KEY },
    ),
  ],
  ['the finish reason', say('x', { finish_reason: API_KEY })],
];

for (const [name, answer] of SPELT) {
  test(`a model's answer that has our own key in ${name}: the key goes no further`, async (t) => {
    const bench = await agentBench(t, answer, ...onlySay('done'), ...onlySay('done'));
    const result = await bench.run();
    const written = await Promise.all(
      ['repo/a.txt', ARTIFACT].map((path) => readFile(join(bench.root, path), 'utf8').catch(() => '')),
    );
    const kept = JSON.stringify([result, bench.seen, bench.stub.requests.map(({ body }) => body), bench.kept, written]);
    assert.ok(!kept.includes(API_KEY) && !kept.includes(API_KEY.slice(4)), kept);
    assert.match(kept, /\*\*\*/, 'it was there, and is masked');
  });
}

const LEAKS: [name: string, answer: Answer][] = [
  ['cut within', status(200, `<html>${'x'.repeat(200 - 6 - 12)}${API_KEY}</html>`)],
  ['as JSON in JSON', status(400, { error: { message: JSON.stringify(JSON.stringify({ key: API_KEY })) } })],
  ['in an error that came with 200', status(200, { error: { message: `bad ${API_KEY}` } })],
  ['in a header that is named', status(401, { detail: `authorization: Bearer ${API_KEY}, x-api-key: ${API_KEY}` })],
  ['over lines', status(500, `key\n\n${API_KEY}\n`)],
];
for (const [name, answer] of LEAKS) {
  test(`an error that has our own key ${name} is told without it`, async (t) => {
    const bench = await agentBench(t, answer, answer);
    const error = await bench.run().then(
      () => assert.fail(),
      (reason: unknown) => reason as Error,
    );
    assert.ok(!`${error.message} ${error.stack}`.includes(API_KEY.slice(0, 10)), error.message);
    assert.match(error.message, /\*\*\*/);
  });
}

const TOKEN = 'tok-0123456789abcdefXYZ';
const WITH_TOKEN: [name: string, access: { apiKey: string; headers?: Record<string, string>; sendsKey?: boolean }][] = [
  [
    'a header of its own',
    { apiKey: `Bearer ${TOKEN}`, headers: { authorization: `Bearer ${TOKEN}` }, sendsKey: false },
  ],
  ['a header beside the key', { apiKey: API_KEY, headers: { 'x-api-key': `Token token="${TOKEN}"` } }],
  [
    'a header of user and password',
    { apiKey: API_KEY, headers: { authorization: `Basic ${Buffer.from(`me:${TOKEN}`).toString('base64')}` } },
  ],
];
for (const [name, access] of WITH_TOKEN) {
  test(`a token behind the scheme of ${name}: it goes no further, alone or not`, async (t) => {
    const written = callTool('write_file', { path: 'repo/a.txt', content: `key=${TOKEN}` });
    const bench = await agentBench(t, written, status(401, { error: { message: `bad token ${TOKEN}` } }));
    const error = await bench.run({ model: { ...bench.request.model, ...access } }).then(
      () => assert.fail(),
      (reason: unknown) => reason as Error,
    );
    assert.match(error.message, /bad token \*\*\*/);
    const file = await readFile(join(bench.root, 'repo/a.txt'), 'utf8');
    assert.equal(file, 'key=***');
    assert.ok(!JSON.stringify([error.stack, bench.seen, bench.kept]).includes(TOKEN));
  });
}

test('the password of a base URL is in no error', async (t) => {
  const bench = await agentBench(t);
  const error = await bench
    .run({ model: { ...bench.request.model, baseUrl: 'http://me:hunter2canary@127.0.0.1:1/v1' } })
    .then(
      () => assert.fail(),
      (reason: unknown) => reason as Error,
    );
  assert.doesNotMatch(`${error.message} ${error.stack}`, /hunter2/);
});

test('a redirection is not followed: the base URL is wrong, and the message names the place', async (t) => {
  const elsewhere = await startHttpStub(callTool('write_artifact', { title: 'a' }));
  t.after(() => elsewhere.close());
  const location = `${elsewhere.baseUrl}/chat/completions`;
  for (const status of [301, 302, 307, 308]) {
    const bench = await agentBench(t, (response) => void response.writeHead(status, { location }).end());
    const model = { ...bench.request.model, name: `redirected-${status}` };
    await assert.rejects(bench.run({ model }), (error: { code?: string; message: string }) => {
      assert.equal(error.code, 'base_url_wrong');
      assert.ok(error.message.includes(location), error.message);
      return true;
    });
  }
  assert.equal(elsewhere.requests.length, 0);
});
