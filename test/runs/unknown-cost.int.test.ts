import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import type { RunInput } from '../../src/domain/run-input.js';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { NOTHING } from '../../src/domain/money/budget.js';
import { toUsd } from '../../src/domain/money/amount.js';
import type { Persona } from '../../src/domain/template/persona.js';
import type { RunStatus } from '../../src/domain/run-status.js';
import { countedOf } from '../../src/domain/money/usage.js';
import { renderDetails } from '../../src/workflows/details/current-details.js';
import { ended, type Ended } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';

/** Each call may cost about $0.0124: some 4,000 tokens of prompt for $1 a million, and 4,000 of output for $2. */
const OUTPUT_CEILING = 4_000;
const BUDGET_USD = 0.035;
const MOST_CALLS = 4;

let stack: TestStack;
before(async () => {
  stack = await startTestStack({ modelCallTimeoutMs: 4_000 });
  await stack.template('one', [{ key: 'note', maxModelCalls: 40, patience: '10m' }]);
  await stack.template('few', [{ key: 'note', maxModelCalls: 30 }]);
  await stack.template('two', [{ key: 'note' }, { key: 'plan' }]);
  await stack.template('impatient', [{ key: 'note', patience: '1s' }]);
});
after(() => stack.stop());

interface Met extends Ended {
  handle: WorkflowHandle;
  status: RunStatus;
  requests: number;
  /** The report as people read it. */
  markdown: string;
}

/** A run under a budget whose model misbehaves. */
async function meet(
  script: Behaviour[],
  template = 'one',
  more: Partial<RunInput> = { budgetUsd: BUDGET_USD },
  persona: Partial<Persona> = {},
): Promise<Met> {
  const { name, model } = await stack.persona([], {
    model: `priced-${serial++}`,
    maxOutputTokens: OUTPUT_CEILING,
    ...persona,
  });
  stack.model.script(model, script);
  const handle = await stack.startRaw([
    { template, repoPath: stack.repoPath, requirements: 'r', overrides: { worker: name }, ...more },
  ]);
  const end = await ended(stack, handle);
  const markdown = await readFile(path.join(stack.config.workspaceRoot, end.report.runId, 'report.md'), 'utf8');
  const status = await stack.status(handle);
  return {
    ...end,
    handle,
    status,
    markdown,
    requests: stack.model.requests.filter((request) => request.model === model).length,
  };
}
let serial = 0;

/** An agent that looks around for ever, whose provider tells of no usage. */
const looksAround = (usage: object): Behaviour => ({
  times: 'always',
  reply: {
    id: 'same',
    object: 'chat.completion',
    model: 'm',
    ...usage,
    choices: [
      {
        index: 0,
        finish_reason: 'tool_calls',
        message: {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'ls', arguments: '{"path":"repo"}' } }],
        },
      },
    ],
  },
});

const UNKNOWN: Record<string, Behaviour> = {
  'the deadline before the headers': { fault: 'stall_headers', times: 'always' },
  'the deadline in the body': { fault: 'stall_body', times: 'always' },
  'a body that breaks off': { fault: 'drop_mid_body', times: 'always' },
  'a connection that breaks off before the headers': { fault: 'drop_before_headers', times: 'always' },
  'a page of HTML': { fault: 'html', times: 'always' },
  'broken JSON': { fault: 'broken_json', times: 'always' },
  'a reply without a choice': { fault: 'empty_choices', times: 'always' },
  'no usage': looksAround({}),
  'a usage of zeros': looksAround({ usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } }),
};

describe('S24: a call whose cost nobody knows counts with its worst case', { concurrency: 5 }, () => {
  for (const [what, behaviour] of Object.entries(UNKNOWN)) {
    test(`${what}: the budget holds, and what is shown is true`, { timeout: 120_000 }, async () => {
      const met = await meet([behaviour]);
      const { totals, unresolved } = met.report;
      assert.equal(met.code, behaviour.fault === 'html' ? 'base_url_wrong' : 'budget_exceeded', met.message);
      assert.ok(met.requests >= 2 && met.requests <= MOST_CALLS, `${met.requests} calls`);
      assert.equal(totals.calls, met.requests, 'every call is in the ledger');
      assert.equal(totals.unpricedCalls, met.requests, 'as one of unknown cost');
      assert.equal(totals.costUsd, null);
      assert.ok(totals.reservedUsd > 0.01 && totals.reservedUsd <= BUDGET_USD, `${totals.reservedUsd} is reserved`);
      assert.match(
        unresolved.find(({ kind }) => kind === 'unpriced_calls')?.text ?? '',
        /model calls of unknown price: .* up to \$0\.0\d{3} more count against the budget/,
      );
      assert.match(
        met.markdown,
        new RegExp(
          `\\| Cost \\| unknown \\(${met.requests} calls of unknown price\\) in ${met.requests} model calls \\|`,
        ),
      );
      for (const text of [met.markdown, met.message])
        assert.doesNotMatch(text, /used \$0\.0000,? and|Cost \| \$0\.0000/);
      assert.equal(met.status.usage.unpricedCalls, met.requests, 'the status says so, too');
      const counted = countedOf(met.status.usage);
      assert.equal(toUsd(counted.microUsd), totals.reservedUsd);
      assert.ok(counted.tokens > 4_000 * met.requests);
    });
  }

  for (const [what, behaviour, code] of [
    ['429', { status: 429, times: 'always' }, 'provider_unavailable'],
    ['500', { status: 500, times: 'always' }, 'provider_unavailable'],
    ['400', { status: 400, times: 'always' }, 'model_request_rejected'],
    [
      'an error with status 200',
      { reply: { error: { message: 'overloaded', code: 503 } }, times: 'always' },
      'provider_unavailable',
    ],
    [
      'an error with status 200 and no code',
      { reply: { error: 'the engine is not loaded' }, times: 'always' },
      'provider_unavailable',
    ],
    [
      'the words of a wrong address with status 200',
      { reply: { error: 'Unexpected endpoint or method' }, times: 'always' },
      'base_url_wrong',
    ],
  ] satisfies [string, Behaviour, string][]) {
    test(`an error reply (${what}) counts nothing`, { timeout: 120_000 }, async () => {
      const met = await meet([behaviour], 'impatient');
      assert.equal(met.code, code, met.message);
      assert.equal(met.report.totals.calls, met.requests);
      assert.deepEqual(
        [met.report.totals.unpricedCalls, met.report.totals.costUsd, met.report.totals.reservedUsd],
        [0, 0, 0],
      );
      assert.deepEqual(countedOf(met.status.usage), NOTHING);
      assert.match(met.markdown, /\| Cost \| \$0\.0000 in \d+ model calls \|/, 'nothing was paid, and that is known');
    });
  }

  test('S24: calls that broke off count in the phases that follow, and a run that completes says that they are unknown', async () => {
    const met = await meet(
      [{ fault: 'drop_mid_body' }, { tools: [{ name: 'write_artifact', args: { title: 'a' } }] }],
      'two',
      { budgetUsd: 1 },
    );
    assert.equal(met.temporal, 'COMPLETED', met.message);
    assert.equal(met.report.totals.unpricedCalls, 1);
    assert.match(met.markdown, /\| Cost \| (<\$0\.0001|\$0\.\d{4}) and 1 call of unknown price in \d+ model calls \|/);
    assert.equal(met.status.usage.unpricedCalls, 1);
    assert.equal(met.status.usage.calls, met.report.totals.calls, 'the status and the report count the same calls');
    assert.equal(toUsd(met.status.usage.costMicroUsd), met.report.totals.costUsd);
    assert.match(await detailsOf(met), /cost \S+ and 1 call of unknown price · budget \\\$0\.0\d{3} of \\\$1\.0000/);
  });
});

test('S23: a run that is stopped in its first phase shows what it paid until then, and the call that was cut off', async () => {
  for (const stop of ['abort', 'cancel'] as const) {
    const { name, model } = await stack.persona([], { model: `priced-${serial++}`, maxOutputTokens: OUTPUT_CEILING });
    stack.model.script(model, [{ tools: [{ name: 'ls', args: { path: 'repo' } }] }, { fault: 'stall_headers' }]);
    const input = { template: 'one', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: name } };
    const handle = await stack.startRaw([{ ...input, budgetUsd: 1 }]);
    await until(() => stack.model.requests.filter((request) => request.model === model).length === 2);
    await (stop === 'abort' ? handle.signal('abort', {}) : handle.cancel());
    const { report } = await ended(stack, handle);
    assert.deepEqual([report.totals.calls, report.totals.unpricedCalls], [2, 1]);
    assert.ok((report.totals.costUsd ?? 0) > 0.0001, `${report.totals.costUsd}`);
    const { usage } = await stack.status(handle);
    assert.deepEqual([usage.calls, usage.unpricedCalls], [2, 1], 'the status says what the report says');
    assert.equal(toUsd(usage.costMicroUsd), report.totals.costUsd);
    assert.equal(toUsd(usage.brokenMicroUsd), report.totals.reservedUsd);
    const { searchAttributes } = await handle.describe();
    assert.deepEqual(searchAttributes.RunCostUsd, [report.totals.costUsd], 'and so does list');
  }
});

test('S23: the ledger keeps the parts of a micro-dollar, and the run rounds once', async () => {
  const usage = { usage: { prompt_tokens: 4, completion_tokens: 3, total_tokens: 7 } };
  const met = await meet([looksAround(usage)], 'few', {}, { model: 'cheap' });
  assert.equal(met.code, 'model_call_limit');
  assert.equal(met.requests, 30);
  // 4 tokens for $0.00004 and 3 for $0.00008 per 1,000: 0.16 and 0.24 micro-dollars
  const { rows } = await stack.mirror.pool.query<{ call: string; run: string; exact: string }>(
    `SELECT trim_scale(cost_input_micro_usd + cost_output_micro_usd)::text AS call, r.cost_micro_usd::text AS run, trim_scale(r.cost_exact_micro_usd)::text AS exact
     FROM llm_calls c JOIN runs r ON r.id = c.run_id WHERE c.run_id = $1`,
    [met.report.runId],
  );
  assert.deepEqual([...new Set(rows.map(({ call }) => call))], ['0.4']);
  assert.deepEqual([rows[0]?.run, rows[0]?.exact], ['12', '12']);
  assert.equal(met.report.totals.costUsd, 0.000012);
  assert.match(met.markdown, /\| Cost \| <\$0\.0001 in 30 model calls \|/);
});

async function detailsOf({ handle }: Met): Promise<string> {
  return renderDetails(await stack.status(handle));
}
