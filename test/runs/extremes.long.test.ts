import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { WORKFLOW_TYPE } from '../../src/domain/names.js';
import { ended, untilGate } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('one', [{ key: 'note' }]);
  await stack.template('gated', [{ key: 'note', gates: ['lead'] }]);
});
after(() => stack.stop());

const git = (...args: string[]) => execFileSync('git', ['-C', stack.repoPath, ...args], { encoding: 'utf8' }).trim();
const write = (text: string) => [{ tools: [{ name: 'write_file', args: { path: 'repo/same.txt', content: text } }] }];

test(
  'S07: 8 runs that start at once on one repository: each has its branch and its commit, the checkout of the person is untouched',
  { timeout: 120_000 },
  async () => {
    const before_ = git('status', '--porcelain', '--branch');
    const handles = await Promise.all(
      Array.from({ length: 8 }, (_, n) => stack.start('one', write(`run ${n}\n`), {}, { repoAccess: 'write' })),
    );
    const ends = await Promise.all(handles.map((handle) => ended(stack, handle)));
    assert.deepEqual(
      ends.map(({ temporal, report }) => [temporal, report.commits.length]),
      Array.from({ length: 8 }, () => ['COMPLETED', 1]),
    );
    const branches = ends.map(({ report }) => report.repository.branch ?? '');
    assert.equal(new Set(branches).size, 8);
    branches.forEach((branch, n) => assert.equal(git('show', `${branch}:same.txt`), `run ${n}`));
    assert.equal(git('status', '--porcelain', '--branch'), before_);
    git('fsck', '--strict');
  },
);

test(
  'S19: a run with more than 1,000 events: seq has no gap, details and status stay small, the run ends as it should',
  { timeout: 120_000 },
  async () => {
    const handle = await stack.start('gated');
    await untilGate(stack, handle);
    for (let n = 0; n < 1_000; n += 50)
      await Promise.all(Array.from({ length: 50 }, (_, i) => handle.signal(`nonsense-${n + i}`, 'x'.repeat(500))));
    // one after the other: each counts
    for (let n = 0; n < 500; n++) for (const name of ['pause', 'resume']) await handle.signal(name, { by: 'ann' });
    // Temporal fails a task while which more than 100 signals come, and answers no query until the next has succeeded
    await until(async () => (await stack.status(handle).catch(() => null))?.ignoredTotal === 1_000, 120_000);
    const status = await stack.status(handle);
    assert.ok(JSON.stringify(status).length < 60_000);
    await handle.signal('approve', { by: 'ann' });
    const end = await ended(stack, handle);
    assert.equal(end.temporal, 'COMPLETED');
    const countOf = (type: string) => end.events.filter((event) => event.type === type).length;
    assert.deepEqual(
      [countOf('run_paused'), countOf('run_resumed'), countOf('decision_ignored'), end.report.ignoredMessages],
      [500, 500, 100, 1_000],
    );
    assert.ok(JSON.stringify(end.report).length < 100_000);
  },
);

test('S14: an artifact of 1 MiB is valid, kept to the byte, and in no history', { timeout: 60_000 }, async () => {
  const title = 'ä'.repeat((1024 * 1024 - 14) / 2);
  const end = await ended(
    stack,
    await stack.start('one', [
      { tools: [{ name: 'write_file', args: { path: 'artifacts/note.json', content: JSON.stringify({ title }) } }] },
    ]),
  );
  assert.equal(end.temporal, 'COMPLETED', end.message);
  const { rows } = await stack.mirror.pool.query<{ bytes: number; title: string }>(
    `SELECT octet_length(raw) AS bytes, content->>'title' AS title FROM artifacts WHERE run_id = $1`,
    [end.report.runId],
  );
  assert.ok((rows[0]?.bytes ?? 0) > 1024 * 1024 - 20 && rows[0]?.title === title);
  const { raw } = await stack.client.workflow.getHandle(end.report.workflowId).describe();
  assert.ok(Number(raw.workflowExecutionInfo?.historySizeBytes) < 100_000);
});

test(
  'S01, S07: a workflow id used again is another run with its own folder, branch and record',
  { timeout: 60_000 },
  async () => {
    const workflowId = `again-${Date.now()}`;
    const runs = [];
    for (const text of ['first\n', 'second\n']) {
      const persona = await stack.persona(write(text), { repoAccess: 'write' });
      const input = {
        template: 'one',
        repoPath: stack.repoPath,
        requirements: 'r',
        overrides: { worker: persona.name },
      };
      runs.push(
        await ended(
          stack,
          await stack.client.workflow.start(WORKFLOW_TYPE, {
            taskQueue: stack.config.taskQueue,
            workflowId,
            args: [input],
          }),
        ),
      );
    }
    const [first, second] = runs.map(({ report }) => report);
    assert.ok(first && second && first.runId !== second.runId && first.repository.branch !== second.repository.branch);
    assert.equal(git('show', `${first.repository.branch}:same.txt`), 'first');
    assert.equal(git('show', `${second.repository.branch}:same.txt`), 'second');
    assert.equal((await stack.mirror.findRun(workflowId))?.runId, second.runId);
  },
);
