import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ended, untilGate } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';

const run = promisify(execFile);
let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('two', [{ key: 'design', gates: [] }, { key: 'plan' }]);
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
  await stack.template('no-artifact', [{ key: 'thought', artifact: undefined }, { key: 'note' }]);
});
after(() => stack.stop());

const TABLES = [
  'workflow_templates',
  'agent_personas',
  'runs',
  'run_inputs',
  'run_bindings',
  'run_phases',
  'run_events',
  'artifacts',
  'approval_requests',
  'approval_decisions',
  'llm_calls',
  'tool_calls',
];

test('S01–S04, S16–S19, S23, S26: a run started by the CLI completes, and every table has its rows', async () => {
  const { name } = await stack.persona([]);
  const cli = process.env.TEMPORAL_CLI ?? 'temporal';
  const address = ['--address', process.env.PHASEGATE_TEST_TEMPORAL ?? ''];
  const id = `cli-${name}`;
  const input = JSON.stringify({
    template: 'gated',
    repoPath: stack.repoPath,
    requirements: 'r',
    overrides: { worker: name },
  });
  await run(cli, [
    'workflow',
    'start',
    ...address,
    '--task-queue',
    stack.config.taskQueue,
    '--type',
    'agentRun',
    '--workflow-id',
    id,
    '--input',
    input,
  ]);
  const handle = stack.client.workflow.getHandle(id);
  await untilGate(stack, handle);
  await run(cli, ['workflow', 'signal', ...address, '--workflow-id', id, '--name', 'approve']);
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED');
  for (const table of TABLES) {
    const { rows } = await stack.mirror.pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`);
    assert.ok(rows[0]!.n > 0, `${table} has rows`);
  }
  const [conversation] = await stack.mirror.listConversations(end.report.runId);
  assert.equal(conversation?.threadId, `run:${end.report.runId}:phase:design`);
  assert.deepEqual(
    conversation?.messages.map(({ ordinal, role }) => [ordinal, role]),
    [1, 2, 3, 4, 5, 6, 7].map((ordinal) => [
      ordinal,
      ordinal === 1 ? 'user' : ordinal % 2 === 0 ? 'assistant' : 'tool',
    ]),
  );
});

test('S08: a phase without an artifact completes at once', async () => {
  const end = await ended(stack, await stack.start('no-artifact'));
  assert.deepEqual(
    end.report.phases.map(({ key, state }) => [key, state]),
    [
      ['thought', 'completed'],
      ['note', 'completed'],
    ],
  );
});

test('S07, S27: what the agent changed is committed on the branch of the run, the checkout of the person is untouched', async () => {
  const before_ = await git('status', '--porcelain', '--branch');
  const write = { name: 'write_file', args: { path: 'repo/hello.txt', content: 'hello\n' } };
  const end = await ended(stack, await stack.start('two', [{ tools: [write] }], {}, { repoAccess: 'write' }));
  const [commit, ...more] = end.report.commits;
  assert.deepEqual(more, []);
  assert.deepEqual([commit?.phaseKey, commit?.filesChanged, commit?.insertions], ['design', 1, 1]);
  assert.equal(await git('show', `${end.report.repository.branch}:hello.txt`), 'hello\n');
  assert.equal(await git('status', '--porcelain', '--branch'), before_);
});

test('two runs on one repository at the same time do not meet', async () => {
  const write = (content: string) => [{ tools: [{ name: 'write_file', args: { path: 'repo/mine.txt', content } }] }];
  const handles = await Promise.all(
    ['a', 'b', 'c', 'd'].map((content) => stack.start('two', write(content), {}, { repoAccess: 'write' })),
  );
  const ends = await Promise.all(handles.map((handle) => ended(stack, handle)));
  const contents = await Promise.all(ends.map(({ report }) => git('show', `${report.repository.branch}:mine.txt`)));
  assert.deepEqual(contents, ['a', 'b', 'c', 'd']);
});

test('S27: the report is there in Markdown, and in the mirror without a disk', async () => {
  const end = await ended(stack, await stack.start('two'));
  const markdown = await readFile(path.join(stack.config.workspaceRoot, end.report.runId, 'report.md'), 'utf8');
  assert.match(markdown, /^# Run test-/);
  const { rows } = await stack.mirror.pool.query('SELECT content FROM artifacts WHERE run_id = $1 AND valid', [
    end.report.runId,
  ]);
  assert.equal(rows.length, 2);
  for (const { content } of rows as { content: { title: string } }[]) assert.equal(typeof content.title, 'string');
});

test('S29: rows that were damaged or deleted do not hurt a run in flight', async () => {
  const handle = await stack.start('gated');
  const { run: ref } = await untilGate(stack, handle);
  await stack.mirror.pool.query('DELETE FROM run_bindings WHERE run_id = $1', [ref.runId]);
  await stack.mirror.pool.query(`UPDATE agent_personas SET content = '"damaged"'`);
  await handle.signal('approve');
  assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
});

async function git(...args: string[]): Promise<string> {
  return (await run('git', ['-C', stack.repoPath, ...args])).stdout;
}
