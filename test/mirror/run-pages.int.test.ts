import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunPage } from '../../src/mirror/types.js';
import { newRun, plan, template, testMirror } from './support.js';

const page = (more: Partial<RunPage> = {}): RunPage => ({
  id: 'request-1',
  kind: 'review',
  phaseKey: 'design',
  gate: 'design-äpproval',
  round: 2,
  sha256: 'a'.repeat(64),
  html: '<p>\u0000 \uD800 ok</p>',
  ts: '2026-11-30T01:00:00.000Z',
  ...more,
});

test('a page is kept once for its request, and the newest is read by the id of the run or of the workflow', async (t) => {
  const { mirror } = await testMirror(t);
  const run = newRun();
  assert.equal(await mirror.readPage(run.runId), undefined);
  await mirror.savePage(run, page({ html: 'earlier' }));
  await mirror.savePage(run, page());
  assert.deepEqual(await mirror.readPage(run.workflowId), page());
  const report = page({
    id: 'report',
    kind: 'report',
    phaseKey: null,
    gate: null,
    round: null,
    ts: '2026-11-30T02:00:00.000Z',
  });
  assert.equal(await mirror.readPage(run.runId, 'report'), null);
  await mirror.savePage(run, report);
  assert.deepEqual(await mirror.readPage(run.runId), report);
  assert.deepEqual(await mirror.readPage(run.runId, 'review'), page());
});

test('the schemas of artifacts are kept once per content, in their own order, and so is who started the run', async (t) => {
  const { mirror } = await testMirror(t);
  const [first, second] = [newRun(), newRun()];
  const schemas = {
    'urn:x': { $id: 'urn:x', properties: { zebra: { $ref: 'urn:y' }, apple: {} } },
    'urn:y': { $id: 'urn:y', title: 'Y' },
    'urn:other': { $id: 'urn:other' },
  };
  const made = plan({ schemas, startedBy: 'Zoë' });
  made.phases[0]!.artifact = { path: 'artifacts/a.json', schemaId: 'urn:x' };
  for (const run of [first, second, first])
    await mirror.recordPlan(run, made, { requirements: 'r', objective: null, extra: {} }, template);
  const { rows } = await mirror.pool.query<{ content: string; started: string; runs: string }>(
    `SELECT s.content::text AS content, max(i.started_by) AS started, count(DISTINCT p.run_id) AS runs
      FROM public.artifact_schemas s JOIN public.run_phases p ON p.schemas_hash = s.hash JOIN public.run_inputs i ON i.run_id = p.run_id
      GROUP BY s.hash, s.content::text`,
  );
  const { 'urn:other': _, ...needed } = schemas;
  assert.deepEqual(rows, [{ content: JSON.stringify(needed), started: 'Zoë', runs: '2' }]);
});
