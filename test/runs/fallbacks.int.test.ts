import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, test, type TestContext } from 'node:test';
import { openAiError, repliesIn, startProvider, withCalls, withMessage } from '../agent/providers/provider-server.js';
import type { Sent } from '../agent/providers/strict-history.js';
import { ended } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('two', [{ key: 'note' }, { key: 'other' }]);
  await stack.template('impatient', [{ key: 'note', patience: '1s' }]);
});
after(() => stack.stop());

const QUOTA = openAiError(429, 'You exceeded your current quota', { code: 'insufficient_quota' });

/** Thinks aloud, signs its calls, and has no quota left at its second request of each conversation. */
function startThinker(t: TestContext) {
  return startProvider(t, {
    refuse: (body) => (repliesIn(body).length > 0 ? QUOTA : undefined),
    spell: (completion) =>
      withMessage(
        withCalls(completion, (_, n) => ({ id: `thinker|${n}`, signature: 'c2lnbmVk' })),
        () => ({ reasoning_content: 'hm' }),
      ),
  });
}

const PLAIN = new Set(['role', 'content', 'tool_calls', 'tool_call_id', 'id', 'type', 'function', 'name', 'arguments']);

function fieldsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(fieldsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [name, ...fieldsIn(member)]);
}

const write = { name: 'write_artifact', arguments: '{"title":"a note"}' };
const look = { name: 'ls', arguments: '' };

/** Takes nothing but OpenAI's own fields, and only ids in its own forms. */
function startPlain(t: TestContext) {
  return startProvider(t, {
    refuse: ({ messages }) => {
      const unknown = fieldsIn(messages).find((name) => !PLAIN.has(name));
      if (unknown !== undefined) return openAiError(422, `${unknown}: extra fields not permitted, says the test`);
      const ids = messages.flatMap(({ tool_calls }) => ((tool_calls ?? []) as { id: string }[]).map(({ id }) => id));
      return ids.every((id) => /^(call_\w+|[a-z0-9]{9})$/.test(id)) ? undefined : openAiError(422, 'bad ids');
    },
    spell: (completion) => withCalls(completion, (_, n) => ({ function: n === 0 ? write : look })),
  });
}

async function addBackends(more: object): Promise<void> {
  const { backends } = JSON.parse(await readFile(stack.config.backends, 'utf8')) as { backends: object };
  await writeFile(stack.config.backends, JSON.stringify({ backends: { ...backends, ...more } }));
}

async function callsOf(runId: string) {
  const { rows } = await stack.mirror.pool.query<{ phase: string; model: string; status: string; cost: string }>(
    `SELECT phase_key AS phase, backend || '/' || model AS model, status, trim_scale(cost_input_micro_usd + cost_output_micro_usd)::text AS cost
     FROM llm_calls WHERE run_id = $1 ORDER BY ts`,
    [runId],
  );
  return rows;
}

test('when no quota is left, the conversation goes on with the fallback; the next phase begins with the first again', async (t) => {
  const [thinker, plain] = [await startThinker(t), await startPlain(t)];
  await addBackends({
    thinker: { baseUrl: thinker.baseUrl, apiKeyEnv: 'TEST_KEY', prices: { deep: { inputPer1k: 1, outputPer1k: 1 } } },
    plain: {
      baseUrl: plain.baseUrl,
      apiKeyEnv: 'TEST_KEY',
      prices: { quick: { inputPer1k: 0.01, outputPer1k: 0.02 } },
    },
    keyless: { baseUrl: plain.baseUrl, apiKeyEnv: 'NO_SUCH_KEY', prices: {} },
  });
  const fallbacks = [
    { backend: 'keyless', model: 'quick' },
    { backend: 'plain', model: 'quick', maxOutputTokens: 1_000 },
  ];
  const persona = { backend: 'thinker', model: 'deep', maxOutputTokens: 4_000, fallbacks };
  const handle = await stack.start('two', [], { budgetUsd: 100, allowUnknownPrices: true }, persona);
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED', end.message);
  const inPhase = (phase: string) => [
    { phase, model: 'thinker/deep', status: 'ok', cost: '120000' },
    { phase, model: 'thinker/deep', status: 'error', cost: '0' },
    { phase, model: 'plain/quick', status: 'ok', cost: '1400' },
  ];
  assert.deepEqual(await callsOf(end.report.runId), [...inPhase('note'), ...inPhase('other')]);
  assert.deepEqual(plain.faults, []);
  const told = end.report.fallbacks.map(({ phaseKey, from, to, code }) => [phaseKey, from, to, code]);
  assert.deepEqual(
    told,
    ['note', 'other'].map((phase) => [phase, 'thinker/deep', 'plain/quick', 'model_quota_exhausted']),
  );
  assert.equal(end.events.filter(({ type }) => type === 'fallback_used').length, 2);
  assert.deepEqual(
    end.report.phases.map(({ attempts }) => attempts),
    [1, 1],
  );
  assert.deepEqual(
    (await stack.status(handle)).phases.map(({ fallback }) => fallback),
    ['plain/quick', 'plain/quick'],
  );
  const asked = plain.sent.map(({ model, max_tokens: most }: Sent) => [model, most]);
  assert.deepEqual(asked, [
    ['quick', 1_000],
    ['quick', 1_000],
  ]);
});

test('a thinking model goes on with a conversation whose replies have no thoughts', async (t) => {
  const plain = await startProvider(t, { refuse: (body) => (repliesIn(body).length > 0 ? QUOTA : undefined) });
  const thinker = await startProvider(t, {
    refuse: (body) =>
      repliesIn(body).every(({ reasoning_content: thought }) => typeof thought === 'string' && thought !== '')
        ? undefined
        : openAiError(
            400,
            'thinking is enabled but reasoning_content is missing in assistant tool call message at index 2',
          ),
    spell: (completion) =>
      withMessage(
        withCalls(completion, (_, n) => ({ function: n === 0 ? write : look })),
        () => ({ reasoning_content: 'hm' }),
      ),
  });
  await addBackends({
    first: { baseUrl: plain.baseUrl, apiKeyEnv: 'TEST_KEY', prices: {} },
    second: { baseUrl: thinker.baseUrl, apiKeyEnv: 'TEST_KEY', prices: {} },
  });
  const persona = { backend: 'first', model: 'plain', fallbacks: [{ backend: 'second', model: 'deep' }] };
  const end = await ended(stack, await stack.start('two', [], {}, persona));
  assert.equal(end.temporal, 'COMPLETED', end.message);
  const adapted = end.events.filter(({ type }) => type === 'request_adapted').map(({ payload }) => payload);
  assert.deepEqual(
    adapted.map(({ backend, model }) => [backend, model]),
    [['second', 'deep']],
  );
});

test('when the patience is over, the fallback has a patience of its own, and its failure names it', async () => {
  stack.model.script('steady', []);
  const away = [{ status: 503, times: 'always' }] as const;
  const helped = await ended(
    stack,
    await stack.start('impatient', [...away], {}, { fallbacks: [{ backend: 'test', model: 'steady' }] }),
  );
  assert.equal(helped.temporal, 'COMPLETED', helped.message);
  assert.equal(helped.report.fallbacks[0]?.code, 'provider_unavailable');

  stack.model.script('away-too', [...away]);
  const lost = await ended(
    stack,
    await stack.start('impatient', [...away], {}, { fallbacks: [{ backend: 'test', model: 'away-too' }] }),
  );
  assert.equal(lost.code, 'provider_unavailable');
  assert.match(lost.message, /fallback test\/away-too/);
});

test('a model that refuses the content or the key is not given up for another one', async () => {
  const end = await ended(
    stack,
    await stack.start('two', [{ status: 401, times: 'always' }], {}, { fallbacks: [{ backend: 'test', model: 'x' }] }),
  );
  assert.equal(end.code, 'model_auth_failed');
  assert.deepEqual(end.report.fallbacks, []);
});

test('without fallback that can be used, the failure stays what it was', async () => {
  const keyless = [{ backend: 'keyless', model: 'x' }];
  await addBackends({ keyless: { baseUrl: 'http://127.0.0.1:1/v1', apiKeyEnv: 'NO_SUCH_KEY', prices: {} } });
  const end = await ended(
    stack,
    await stack.start('two', [{ fault: 'quota_exhausted', times: 'always' }], {}, { fallbacks: keyless }),
  );
  assert.equal(end.code, 'model_quota_exhausted');
});

test('a budget in dollars needs the prices of the fallbacks, too', async () => {
  const fallbacks = [{ backend: 'test', model: 'no-price' }];
  const end = await ended(stack, await stack.start('two', [], { budgetUsd: 1 }, { model: 'priced', fallbacks }));
  assert.equal(end.code, 'price_unknown');
  assert.match(end.message, /test\/no-price/);
});
