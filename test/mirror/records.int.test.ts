import { storedJsonText } from '../../src/mirror/stored-json-text.js';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PhasegateError } from '../../src/domain/failures.js';
import { money, NO_MONEY, timesMoney } from '../../src/domain/money/amount.js';
import { noUsage } from '../../src/domain/money/usage.js';
import type { Plan } from '../../src/domain/plan.js';
import { openMirror } from '../../src/mirror/mirror.js';
import { createEmptyDatabase } from '../support/database.js';
import {
  artifact,
  countStatements,
  event,
  modelCall,
  newRun,
  plan,
  template,
  testMirror,
  toolCall,
} from './support.js';

const input = { requirements: 'Ω \u0000 \uD800', objective: null, extra: {} };

test('S02–S05: a plan is recorded once, however often; template and persona once per content', async (t) => {
  const { mirror } = await testMirror(t);
  const runs = [newRun(), newRun()];
  for (const run of [...runs, ...runs]) await mirror.recordPlan(run, plan(), input, template);
  const count = async (table: string) =>
    (await mirror.pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`)).rows[0]?.n;
  const tables = ['workflow_templates', 'agent_personas', 'runs', 'run_inputs', 'run_bindings', 'run_phases'];
  assert.deepEqual(await Promise.all(tables.map(count)), [1, 1, 2, 2, 2, 4]);
  const [first] = plan().phases;
  await mirror.recordPlan(runs[0]!, plan({ phases: [{ ...first!, key: 'other' }] }), input, template);
  assert.deepEqual(
    (await mirror.readReportFacts(runs[0]!.runId)).phases.map(({ key }) => key),
    ['other'],
  );
});

test('S23: each call once, its cost on the run; an unknown price is null and never 0', async (t) => {
  const { mirror } = await testMirror(t);
  const run = newRun();
  const unpriced = modelCall('b', { costInputMicroUsd: null, costOutputMicroUsd: null });
  await Promise.all(Array.from({ length: 8 }, () => mirror.recordModelCalls(run, [modelCall('a'), unpriced])));
  await mirror.recordModelCalls(run, [
    modelCall('a', { threadId: 'another' }),
    modelCall('c', {
      status: 'error',
      errorCode: 'provider_error',
      costInputMicroUsd: NO_MONEY,
      costOutputMicroUsd: NO_MONEY,
    }),
  ]);
  const { usage, run: row } = await mirror.readReportFacts(run.runId);
  assert.deepEqual(usage, {
    ...noUsage(),
    calls: 4,
    inputTokens: 40,
    outputTokens: 20,
    cachedTokens: 8,
    reasoningTokens: 4,
    costMicroUsd: money(300),
    unpricedCalls: 1,
  });
  assert.equal(row.costMicroUsd, '300');
});

test('S23: calls of many threads at once, each told twice, are one statement each and all in the cost', async (t) => {
  const { mirror } = await testMirror(t, { max: 8 });
  const run = newRun();
  await mirror.recordPlan(run, plan(), input, template);
  const calls = Array.from({ length: 40 }, (_, index) =>
    modelCall(`call-${index}`, {
      costInputMicroUsd: money(index),
      costOutputMicroUsd: money(1_000),
      finishReason: 'a\u0000',
    }),
  );
  const statements = await countStatements(() =>
    Promise.all(
      [...calls, ...calls].map((call, index) => mirror.recordModelCalls(run, index % 2 ? [call] : [call, calls[0]!])),
    ),
  );
  assert.equal(statements, 80);
  assert.equal((await mirror.findRun(run.runId))?.costMicroUsd, money(40_000 + (39 * 40) / 2));
});

test('S23: a usage beyond all reason is kept as the provider told it: a reply that can not be kept would be paid again', async (t) => {
  const { mirror } = await testMirror(t);
  const run = newRun();
  const tokens = Number.MAX_SAFE_INTEGER;
  const cost = money(tokens * 1_000_000);
  const huge = { inputTokens: tokens, outputTokens: tokens, costInputMicroUsd: cost, costOutputMicroUsd: cost };
  await mirror.recordModelCalls(run, [modelCall('a', huge), modelCall('b', huge)]);
  await mirror.recordModelCalls(run, [modelCall('c', huge)]);
  const { usage, run: row } = await mirror.readReportFacts(run.runId);
  assert.equal(usage.costMicroUsd, timesMoney(cost, 6));
  assert.equal(row.costMicroUsd, money(2n ** 63n - 1n), 'as much as the column holds');
  await mirror.rebuildEvents(run, []);
  assert.equal((await mirror.findRun(run.runId))?.costMicroUsd, row.costMicroUsd);
});

test('S23: calls that were lost and are told again count once after a rebuild', async (t) => {
  const { mirror } = await testMirror(t);
  const run = newRun();
  await mirror.recordModelCalls(run, [modelCall('a'), modelCall('b')]);
  await mirror.pool.query("DELETE FROM llm_calls WHERE run_id = $1 AND call_id = 'a'", [run.runId]);
  await mirror.recordModelCalls(run, [modelCall('a'), modelCall('b')]);
  await mirror.rebuildEvents(run, []);
  assert.equal((await mirror.findRun(run.runId))?.costMicroUsd, '300');
});

test('S26: each tool call once, with arguments of any kind', async (t) => {
  const { mirror } = await testMirror(t);
  const run = newRun();
  const calls = [
    toolCall('a', { args: { text: '\u0000' } }),
    toolCall('b', { args: 'not an object', outcome: 'error', message: '\uD800' }),
    toolCall('c', { args: undefined }),
  ];
  for (let i = 0; i < 2; i++)
    await mirror.conversation(run, 'thread').append({ messages: [], modelCalls: [], toolCalls: calls });
  const { rows } = await mirror.pool.query('SELECT call_id FROM tool_calls WHERE run_id = $1', [run.runId]);
  assert.equal(rows.length, 3);
});

test('S14: every attempt is kept, its bytes up to 1 MiB, the document of a valid one', async (t) => {
  const { mirror } = await testMirror(t);
  const run = newRun();
  const raw = Buffer.from(JSON.stringify({ text: 'x'.repeat(1024 * 1024 - 20) }));
  const records = [
    artifact({
      valid: false,
      reason: 'schema',
      errors: [{ pointer: '/a\u0000', expected: 'e', found: 'f' }],
      content: null,
    }),
    artifact({
      attempt: 2,
      sha256: 'b'.repeat(64),
      content: storedJsonText('{"k\\u0000": "\\uD800", "n": 12345678901234567890123}'),
      raw,
    }),
    artifact({ attempt: 3, sha256: 'c'.repeat(64), raw: Buffer.alloc(1024 * 1024 + 1) }),
  ];
  for (const record of [...records, ...records]) await mirror.recordArtifact(run, record);
  const facts = await mirror.readReportFacts(run.runId);
  assert.deepEqual(
    facts.artifacts.map(({ attempt, valid }) => [attempt, valid]),
    [
      [1, false],
      [2, true],
      [3, true],
    ],
  );
  assert.equal(facts.artifacts[0]?.errors[0]?.pointer, '/a\u0000');
  assert.deepEqual(await mirror.readArtifact(run.runId, 'b'.repeat(64)), raw);
  assert.equal(await mirror.readArtifact(run.runId, 'c'.repeat(64)), null);
});

test('what is read is JSON, with no type of the database in it; a report comes back as it was', async (t) => {
  const { mirror } = await testMirror(t);
  const run = newRun();
  await mirror.recordPlan(run, plan(), input, template);
  await mirror.recordModelCalls(run, [modelCall('a')]);
  await mirror.recordArtifact(run, artifact());
  await mirror.appendEvents(run, [event('run_created')]);
  const facts = await mirror.readReportFacts(run.runId);
  assert.deepEqual(JSON.parse(JSON.stringify(facts)), facts);
  assert.equal(await mirror.readReport(run.workflowId), null);
  assert.equal(await mirror.readReport('nobody'), undefined);
  const report = { runId: run.runId, note: '\u0000' } as never;
  await mirror.saveReport(run.runId, report);
  assert.deepEqual(await mirror.readReport(run.workflowId), report);
});

test('the commands of a plan are kept for the report, and a plan of an older version has none', async (t) => {
  const { mirror } = await testMirror(t);
  const commands: Plan['commands'] = {
    source: { kind: 'file', sha256: 'f'.repeat(64) },
    sandbox: 'bwrap',
    setup: [{ run: 'echo \u0000', network: ['a.example'], timeoutMs: 1 }],
    protect: ['a'],
    env: ['CI'],
    warnings: ['w'],
  };
  const [now, older] = [newRun(), newRun()];
  await mirror.recordPlan(now, plan({ commands }), input, template);
  await mirror.recordPlan(older, plan({ commands: undefined }), input, template);
  assert.deepEqual((await mirror.readReportFacts(now.runId)).commands, commands);
  assert.equal((await mirror.readReportFacts(older.runId)).commands, null);
});

test('S05: consent is kept by content hash', async (t) => {
  const { mirror } = await testMirror(t);
  for (let i = 0; i < 2; i++)
    await mirror.giveConsent({ personaHash: 'h', personaName: 'p', personaVersion: '1', consentedBy: 'ann\u0000' });
  assert.deepEqual(await mirror.consentedHashes(['h', 'other']), new Set(['h']));
  assert.deepEqual(await mirror.consentedHashes([]), new Set());
});

test('a database that is away is reported without its password, and is used again when it is back', async (t) => {
  const { mirror } = await testMirror(t);
  const run = newRun();
  await mirror.appendEvents(run, [event('run_created')]);
  await Promise.allSettled([
    mirror.pool.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()'),
  ]);
  const results = await Promise.allSettled(
    Array.from({ length: 5 }, () => mirror.appendEvents(run, [event('decision_ignored')])),
  );
  for (const result of results)
    if (result.status === 'rejected') assert.equal((result.reason as PhasegateError).code, 'mirror_unavailable');
  await mirror.appendEvents(run, [event('run_started')]);
  const away = openMirror('postgresql://user:s3cret@127.0.0.1:1/none');
  t.after(() => away.close());
  // by statements of ours as well as by Prisma's own
  const uses = [
    () => away.appendEvents(run, [event('run_created')]),
    () => away.recordModelCalls(run, [modelCall('a')]),
    () => away.conversation(run, 'thread').append({ messages: [], modelCalls: [], toolCalls: [toolCall('a')] }),
    () => away.findRun(run.runId),
  ];
  for (const use of uses)
    await assert.rejects(
      use(),
      (error) =>
        error instanceof PhasegateError &&
        error.code === 'mirror_unavailable' &&
        !/s3cret/.test(JSON.stringify(error) + error.message + String(error.cause)),
    );
});

test('a statement that takes too long is a fault that passes', async (t) => {
  const { mirror, url } = await testMirror(t);
  const run = newRun();
  await mirror.appendEvents(run, [event('run_created')]);
  const impatient = openMirror(url, { max: 1 });
  t.after(() => impatient.close());
  await impatient.pool.query("SET statement_timeout = '50ms'");
  const blocker = await mirror.pool.connect();
  try {
    await blocker.query('BEGIN');
    await blocker.query('SELECT 1 FROM runs WHERE id = $1 FOR UPDATE', [run.runId]);
    await assert.rejects(
      impatient.appendEvents(run, [event('run_started')]),
      (error) => error instanceof PhasegateError && error.code === 'mirror_unavailable',
    );
  } finally {
    await blocker.query('ROLLBACK');
    blocker.release();
  }
});

test('a database without tables says so', async (t) => {
  const database = await createEmptyDatabase();
  const mirror = openMirror(database.url);
  t.after(async () => {
    await mirror.close();
    await database.drop();
  });
  await assert.rejects(
    mirror.appendEvents(newRun(), [event('run_created')]),
    (error) => error instanceof PhasegateError && error.code === 'mirror_not_migrated',
  );
});

test('a database without the function that this version adds says so', async (t) => {
  const { mirror } = await testMirror(t);
  await mirror.pool.query('DROP FUNCTION append_run_events');
  await assert.rejects(
    mirror.appendEvents(newRun(), [event('run_created')]),
    (error) => error instanceof PhasegateError && error.code === 'mirror_not_migrated',
  );
});
