import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ended } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('two', [{ key: 'note' }, { key: 'second' }]);
});
after(() => stack.stop());

test('S09, S26: whatever an agent tries to read and write elsewhere is refused, recorded, and ends nothing', async () => {
  const elsewhere = [
    '/etc/passwd',
    '../report.json',
    'report.json',
    'requirements.md',
    '.worktree.json',
    'repo/.git',
    'repo/.git/config',
    'repo/x\0',
    `repo/${'n'.repeat(300)}`,
    'repo',
    '~/x',
    'repo/../../x',
  ];
  const finished = ['artifacts/note.json', './artifacts//note.json', 'artifacts/NOTE.json', 'artifacts/Note.JSON'];
  const writes = [...elsewhere, ...finished, 'repo/README.md', 'repo/new.txt'];
  const reads = elsewhere.filter((file) => file !== 'repo/.git');
  const handle = await stack.start('two', [
    { tools: [{ name: 'write_artifact', args: { title: 'first' } }] },
    { tools: writes.map((file) => ({ name: 'write_file', args: { path: file, content: 'overwritten' } })) },
    { tools: reads.map((file) => ({ name: 'read_file', args: { path: file } })) },
    { tools: [{ name: 'write_artifact', args: { title: 'second' } }] },
  ]);
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED', end.message);
  assert.deepEqual(end.report.commits, []);
  assert.equal(
    (
      JSON.parse(
        await readFile(path.join(stack.config.workspaceRoot, end.report.runId, 'artifacts/note.json'), 'utf8'),
      ) as { title: string }
    ).title,
    'first',
  );
  const { rows } = await stack.mirror.pool.query<{ tool: string; outcome: string; n: number }>(
    'SELECT tool, outcome, count(*)::int AS n FROM tool_calls WHERE run_id = $1 GROUP BY 1, 2 ORDER BY 1, 2',
    [end.report.runId],
  );
  assert.deepEqual(rows, [
    { tool: 'read_file', outcome: 'refused', n: reads.length },
    { tool: 'write_artifact', outcome: 'ok', n: 2 },
    { tool: 'write_file', outcome: 'refused', n: writes.length },
  ]);
});
