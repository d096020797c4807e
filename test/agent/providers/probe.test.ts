import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { probeModel, type ModelProbe } from '../../../src/agent/model/probe-model.js';
import { startModelServer } from '../../../src/model-server/server.js';
import {
  openAiError,
  startProvider,
  withCalls,
  withMessage,
  type Completion,
  type Provider,
} from './provider-server.js';
import type { Sent } from './strict-history.js';

const GOOD = {
  title: 'ready',
  steps: [
    { name: 'look', risk: 'low' },
    { name: 'act', risk: 'high' },
  ],
};

/** As a model that does what it is told. */
function obedient(completion: Completion, { tools = [] }: Sent, args: unknown = GOOD): Completion {
  const offered = tools.map((tool) => tool.function.name);
  const called = offered.includes('write_artifact')
    ? { name: 'write_artifact', arguments: JSON.stringify(args) }
    : {
        name: 'write_file',
        arguments: JSON.stringify({ path: 'artifacts/probe.json', content: JSON.stringify(args) }),
      };
  return withCalls(completion, () => ({ function: called }));
}

async function probe(t: TestContext, provider: Provider, more: object = {}): Promise<ModelProbe & { asked: number }> {
  const server = await startProvider(t, { spell: (completion, body) => obedient(completion, body), ...provider });
  const access = { baseUrl: server.baseUrl, apiKey: 'sk-s3cret-0123456789', backend: 'b', name: 'm', price: null };
  const found = await probeModel({ ...access, ...more }, 5_000);
  assert.ok(!JSON.stringify(found).includes('s3cret'), 'the key is nowhere');
  return { ...found, asked: server.sent.length };
}

const WORKS = { failure: null, tools: true, schema: true, usage: true, fields: [], notes: [] };

test('a provider that does all is asked once', async (t) => {
  const { ms, ...found } = await probe(t, {});
  assert.deepEqual(found, { ...WORKS, asked: 1 });
  assert.ok(ms > 0);
});

test('the scripted model server works, too', async () => {
  const server = await startModelServer();
  const access = { baseUrl: server.url, apiKey: 'k', backend: 'b', name: 'm', price: null };
  const found = await probeModel(access, 5_000);
  await server.close();
  assert.deepEqual([found.failure, found.tools, found.usage], [null, true, true]);
});

test('what a provider lacks is told', async (t) => {
  const noUsage = await probe(t, { spell: (completion, body) => ({ ...obedient(completion, body), usage: null }) });
  assert.equal(noUsage.usage, false);
  const thinks = await probe(t, {
    spell: (completion, body) =>
      withMessage(obedient(completion, body), () => ({ reasoning_content: 'hm', refusal: null })),
  });
  assert.deepEqual(thinks.fields, ['reasoning_content']);
  const loose = await probe(t, {
    spell: (completion, body) =>
      obedient(completion, body, { title: 'ready', steps: [{ name: 'LOOK', risk: 'none' }] }),
  });
  assert.equal(loose.schema, false);
  assert.match(loose.notes.join(), /steps/);
  const words = await probe(t, {
    spell: (completion) => ({
      ...completion,
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Here it is.' } }],
    }),
  });
  assert.equal(words.tools, false);
  assert.match(words.notes.join(), /called no tool .*Here it is/);
  const cut = await probe(t, {
    spell: (completion) => ({
      ...completion,
      choices: [{ index: 0, finish_reason: 'length', message: { role: 'assistant', content: '' } }],
    }),
  });
  assert.match(cut.notes.join(), /cut at its output limit/);
});

test('what a refusal teaches is told, and the question is asked again in that way', async (t) => {
  const found = await probe(
    t,
    {
      refuse: (body) => {
        if ('max_tokens' in body)
          return openAiError(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'.");
        const offered = (body.tools ?? []).some((tool) => tool.function.name === 'write_artifact');
        return offered ? openAiError(400, "Invalid schema for function 'write_artifact': pattern") : undefined;
      },
    },
    { maxOutputTokens: 2_000 },
  );
  assert.deepEqual([found.failure, found.tools, found.schema, found.asked], [null, true, null, 3]);
  assert.match(found.notes.join(), /max_completion_tokens.*write_file/);
});

const FAILURES: [what: string, provider: Provider, code: string][] = [
  [
    'a wrong key',
    { refuse: () => openAiError(401, 'Incorrect API key provided: sk-s3cret-0123456789') },
    'model_auth_failed',
  ],
  ['an unknown model', { refuse: () => openAiError(404, 'The model m does not exist') }, 'model_not_found'],
  ['no quota', { refuse: () => openAiError(402, 'Insufficient Balance') }, 'model_quota_exhausted'],
  ['a limited rate', { refuse: () => openAiError(429, 'slow down') }, 'provider_rate_limited'],
  ['a page', { refuse: () => ({ status: 200, body: '<!doctype html><p>hello' }) }, 'base_url_wrong'],
  ['a failure', { refuse: () => ({ status: 503, body: 'no' }) }, 'provider_error'],
];
for (const [what, provider, code] of FAILURES) {
  test(`${what} is told by its code`, async (t) => {
    assert.equal((await probe(t, provider)).failure?.code, code);
  });
}

test('an address where nobody listens is told as such', async (t) => {
  const server = await startProvider(t, {});
  const access = {
    baseUrl: server.baseUrl.replace(/\d+(?=\/v1)/, '1'),
    apiKey: 'k',
    backend: 'b',
    name: 'm',
    price: null,
  };
  assert.equal((await probeModel(access, 2_000)).failure?.code, 'provider_unreachable');
});
