import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { ended, untilGate } from '../support/ended.js';
import { startTestStack, startTestWorker, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('steps', [{ key: 'one', gates: ['go'] }, { key: 'two', gates: ['go'] }, { key: 'three' }]);
  await stack.template('last', [{ key: 'one', gates: ['go'] }]);
});
after(() => stack.stop());

const write = (name: string, more = {}) => ({
  tools: [{ name: 'write_file', args: { path: `repo/${name}.txt`, content: `${name}\n` } }],
  ...more,
});
const folderOf = (runId: string) => path.join(stack.config.workspaceRoot, runId);
const gitOf = (...args: string[]) => execFileSync('git', ['-C', stack.repoPath, ...args], { encoding: 'utf8' }).trim();

/** A run at its first gate, with a commit. */
async function atFirstGate(
  behaviours = [write('one')],
  template = 'steps',
): Promise<{ handle: WorkflowHandle; runId: string; branch: string }> {
  const handle = await stack.start(template, behaviours, {}, { repoAccess: 'write' });
  const { run, branch } = await untilGate(stack, handle);
  return { handle, runId: run.runId, branch: branch ?? '' };
}

/** Approves a phase; the agent of the next one writes a file of its own. */
async function approve(handle: WorkflowHandle, phase: string, next?: string): Promise<void> {
  const { phases } = await stack.status(handle);
  if (next) stack.model.script(`model-${phases[0]?.persona}`, [write(next)]);
  await handle.signal('approve', { phase });
}

test('S07: a folder removed while the run waits is made again from the branch and the mirror', async () => {
  const { handle, runId, branch } = await atFirstGate();
  await rm(folderOf(runId), { recursive: true, maxRetries: 10 });
  await approve(handle, 'one', 'two');
  await untilGate(stack, handle, 'two');
  assert.ok(existsSync(path.join(folderOf(runId), 'artifacts/one.json')), 'the artifact is back');
  assert.equal(await readFile(path.join(folderOf(runId), 'requirements.md'), 'utf8'), 'Do it.');
  await approve(handle, 'two', 'three');
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED', end.message);
  assert.equal(end.events.filter(({ type }) => type === 'workspace_rebuilt').length, 1);
  assert.deepEqual(
    end.report.commits.map(({ phaseKey }) => phaseKey),
    ['one', 'two', 'three'],
  );
  assert.deepEqual(
    gitOf('ls-tree', '--name-only', branch)
      .split('\n')
      .filter((name) => /one|two|three/.test(name)),
    ['one.txt', 'three.txt', 'two.txt'],
  );
});

for (const [what, damage] of [
  ['the record of the worktree', async (runId: string) => writeFile(path.join(folderOf(runId), '.worktree.json'), '{')],
  ['the worktree', async (runId: string) => rm(path.join(folderOf(runId), 'repo'), { recursive: true })],
  [
    "git's own record of the worktree",
    async (runId: string) => {
      const { gitDir } = JSON.parse(await readFile(path.join(folderOf(runId), '.worktree.json'), 'utf8')) as {
        gitDir: string;
      };
      await rm(gitDir, { recursive: true });
    },
  ],
  ['the requirements', async (runId: string) => rm(path.join(folderOf(runId), 'requirements.md'))],
] as const) {
  test(`S07: ${what} lost while the run waits: it goes on`, async () => {
    const { handle, runId } = await atFirstGate();
    await damage(runId);
    await approve(handle, 'one', 'two');
    await untilGate(stack, handle, 'two');
    await approve(handle, 'two', 'three');
    const end = await ended(stack, handle);
    assert.equal(end.temporal, 'COMPLETED', end.message);
    assert.deepEqual(
      end.report.commits.map(({ phaseKey }) => phaseKey),
      ['one', 'two', 'three'],
    );
  });
}

test('S07: a folder removed while the agent works: it is told, and goes on in the same conversation', async () => {
  const handle = await stack.start(
    'last',
    [write('one'), write('more', { delayMs: 1_500 })],
    {},
    { repoAccess: 'write' },
  );
  let runId = '';
  await until(async () => {
    const { run, phases } = await stack.status(handle);
    runId = run.runId;
    const model = `model-${phases[0]?.persona}`;
    return stack.model.requests.filter((request) => request.model === model).length === 2;
  });
  await rm(folderOf(runId), { recursive: true, maxRetries: 10 });
  await untilGate(stack, handle);
  await approve(handle, 'one');
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED', end.message);
  assert.equal(end.report.phases[0]?.attempts, 1, 'no attempt at the artifact is used up');
  const last = stack.model.requests.at(-1)?.body.messages as { role: string; content: string }[];
  assert.equal(last.filter(({ content }) => /has been made again/.test(content)).length, 1);
});

test('S07: a folder that is lost again in a revision: the agent is told again', async () => {
  const { handle, runId } = await atFirstGate([write('one')], 'last');
  const { phases } = await stack.status(handle);
  const model = `model-${phases[0]?.persona}`;
  const told = () => {
    const last = stack.model.requests.findLast((request) => request.model === model)?.body.messages as {
      content: string;
    }[];
    return last.filter(({ content }) => /has been made again/.test(content)).length;
  };
  for (const round of [1, 2]) {
    await rm(folderOf(runId), { recursive: true, maxRetries: 10 });
    stack.model.script(model, [write(`round-${round}`)]);
    await handle.signal('requestChanges', { comment: `round ${round}` });
    await until(async () => (await stack.status(handle)).phases[0]?.revisions === round);
    await untilGate(stack, handle);
    assert.equal(told(), round);
  }
  await approve(handle, 'one');
  assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
});

test('S07, S27: a folder removed at the last gate: the run completes, and the report has its commits', async () => {
  const { handle, runId } = await atFirstGate([write('one')], 'last');
  await rm(folderOf(runId), { recursive: true, maxRetries: 10 });
  await approve(handle, 'one');
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED', end.message);
  assert.deepEqual(
    end.report.commits.map(({ phaseKey }) => phaseKey),
    ['one'],
  );
});

test('S07: a folder and a branch that are both gone are made from the commit in history; a commit that is gone is workspace_lost', async () => {
  const { handle, runId, branch } = await atFirstGate();
  await rm(folderOf(runId), { recursive: true, maxRetries: 10 });
  gitOf('worktree', 'prune');
  gitOf('branch', '-D', branch);
  await approve(handle, 'one', 'two');
  await untilGate(stack, handle, 'two');
  await rm(folderOf(runId), { recursive: true, maxRetries: 10 });
  gitOf('worktree', 'prune');
  gitOf('update-ref', `refs/heads/${branch}`, 'HEAD');
  await approve(handle, 'two', 'three');
  const end = await ended(stack, handle);
  assert.equal(end.code, 'workspace_lost');
  assert.match(end.message, /was moved to/);
});

test('S07: the base branch is moved, then deleted, while the run goes on: it stays on the commit that it began with', async () => {
  const { handle, runId } = await atFirstGate();
  const base = gitOf('rev-parse', 'main');
  gitOf('switch', '--quiet', '--detach');
  gitOf('branch', '--force', 'main', gitOf('commit-tree', '-m', 'moved', gitOf('rev-parse', 'main^{tree}')));
  await approve(handle, 'one', 'two');
  await untilGate(stack, handle, 'two');
  gitOf('branch', '-D', 'main');
  await rm(folderOf(runId), { recursive: true, maxRetries: 10 });
  await approve(handle, 'two', 'three');
  const end = await ended(stack, handle);
  gitOf('branch', 'main', base);
  assert.equal(end.temporal, 'COMPLETED', end.message);
  assert.equal(end.report.repository.baseCommit, base);
  assert.deepEqual(
    end.report.commits.map(({ phaseKey }) => phaseKey),
    ['one', 'two', 'three'],
  );
});

test('two workers with separate workspace roots take the phases in turn: the same artifacts and commits as one alone', async () => {
  const other = await mkdtemp(path.join(tmpdir(), 'phasegate-other-root-'));
  const { handle, runId, branch } = await atFirstGate();
  await stack.stopWorker();
  const second = await startTestWorker(stack, { workspaceRoot: other });
  await approve(handle, 'one', 'two');
  await untilGate(stack, handle, 'two');
  assert.ok(existsSync(path.join(other, runId, 'artifacts/two.json')));
  await second();
  const third = await startTestWorker(stack);
  await approve(handle, 'two', 'three');
  const end = await ended(stack, handle);
  await third();
  await rm(other, { recursive: true });
  assert.equal(end.temporal, 'COMPLETED', end.message);
  assert.deepEqual(
    end.report.commits.map(({ phaseKey, filesChanged }) => [phaseKey, filesChanged]),
    [
      ['one', 1],
      ['two', 1],
      ['three', 1],
    ],
  );
  assert.deepEqual(
    end.report.artifacts.map((artifact) => artifact.path),
    ['artifacts/one.json', 'artifacts/two.json', 'artifacts/three.json'],
  );
  assert.deepEqual(
    end.report.unresolved.filter(({ kind }) => kind !== 'unpriced_calls'),
    [],
  );
  assert.equal(gitOf('show', `${branch}:two.txt`), 'two');
  for (const name of ['one', 'two', 'three'])
    assert.ok(existsSync(path.join(folderOf(runId), `artifacts/${name}.json`)), name);
});
