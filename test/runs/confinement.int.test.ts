import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { ToolName } from '../../src/domain/names.js';
import type { Behaviour } from '../../src/model-server/behaviour.js';
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
  const removals = [...finished, 'artifacts/second.json', 'repo/.git', 'repo/README.md', '../report.json'];
  const reads = elsewhere.filter((file) => file !== 'repo/.git');
  const behaviours: Behaviour[] = [
    { tools: [{ name: 'write_artifact', args: { title: 'first' } }] },
    { tools: writes.map((file) => ({ name: 'write_file', args: { path: file, content: 'overwritten' } })) },
    { tools: removals.map((file) => ({ name: 'delete_file', args: { path: file } })) },
    { tools: removals.map((file) => ({ name: 'move_file', args: { from: file, to: 'artifacts/away.json' } })) },
    { tools: removals.map((file) => ({ name: 'move_file', args: { from: 'artifacts/note.json', to: file } })) },
    { tools: reads.map((file) => ({ name: 'read_file', args: { path: file } })) },
    { tools: [{ name: 'write_artifact', args: { title: 'second' } }] },
  ];
  const tools: ToolName[] = ['read_file', 'write_file', 'delete_file', 'move_file'];
  const handle = await stack.start('two', behaviours, {}, { tools });
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
    { tool: 'delete_file', outcome: 'refused', n: removals.length },
    { tool: 'move_file', outcome: 'refused', n: 2 * removals.length },
    { tool: 'read_file', outcome: 'refused', n: reads.length },
    { tool: 'write_artifact', outcome: 'ok', n: 2 },
    { tool: 'write_file', outcome: 'refused', n: writes.length },
  ]);
});
