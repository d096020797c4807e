import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ToolName } from '../../src/domain/names.js';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { SKIP } from '../sandbox/support/sandboxes.js';
import { ended, type Ended } from '../support/ended.js';
import { gitRepository, type TestRepository } from '../support/git-repository.js';
import { startTestStack, type TestStack } from '../support/stack.js';

let stack: TestStack;
let off: TestStack;
before(async () => {
  stack = await startTestStack({ sandbox: 'bwrap', bwrap: process.env.PHASEGATE_TEST_BWRAP ?? 'bwrap' });
  off = await startTestStack({ sandbox: 'off' });
  for (const each of [stack, off]) await each.template('one', [{ key: 'code' }]);
});
after(() => Promise.all([stack.stop(), off.stop()]));

const PROVEN = { skip: SKIP };
const TOOLS: ToolName[] = ['ls', 'read_file', 'write_file', 'run_command'];
const command = (line: string): Behaviour => ({ tools: [{ name: 'run_command', args: { command: line } }] });
const DONE: Behaviour = { tools: [{ name: 'write_artifact', args: { title: 'done' } }] };

async function run(
  on: TestStack,
  repo: TestRepository,
  work: Behaviour[],
  repoAccess: 'read' | 'write' = 'write',
): Promise<{ end: Ended; runId: string }> {
  const handle = await on.start('one', [...work, DONE], { repoPath: repo.path }, { repoAccess, tools: TOOLS });
  const end = await ended(on, handle);
  return { end, runId: end.report.runId };
}

/** The answers of the tools in the last request, in order. */
function answers(on: TestStack): string[] {
  const { messages } = on.model.requests.at(-1)?.body as { messages: { role: string; content: string }[] };
  return messages.filter(({ role }) => role === 'tool').map(({ content }) => content);
}

test(
  'an agent runs commands in its worktree: what they change is committed, and the audit has the exit codes',
  PROVEN,
  async (t) => {
    const repo = gitRepository(t, { files: { 'a.txt': 'one\n' } });
    const { end, runId } = await run(stack, repo, [
      command('echo two >> a.txt; git status --short; exit 3'),
      command('cat a.txt'),
    ]);
    assert.equal(end.temporal, 'COMPLETED');
    assert.match(answers(stack)[0] ?? '', /^exit 3 after .* s\n M a\.txt$/);
    assert.match(answers(stack)[1] ?? '', /^exit 0 after .* s\none\ntwo$/);
    const { branch } = end.report.repository ?? assert.fail('the report names the repository');
    assert.equal(repo.git('show', `${branch}:a.txt`), 'one\ntwo');
    const { rows } = await stack.mirror.pool.query<{ exit_code: number | null }>(
      "SELECT exit_code FROM tool_calls WHERE run_id = $1 AND tool = 'run_command' ORDER BY ts",
      [runId],
    );
    assert.deepEqual(
      rows.map(({ exit_code }) => exit_code),
      [3, 0],
    );
  },
);

test("a reader's command sees its own changes, and the worktree has none of them", PROVEN, async (t) => {
  const repo = gitRepository(t, { files: { 'a.txt': 'one\n' } });
  const { end, runId } = await run(
    stack,
    repo,
    [command('echo two >> a.txt; touch made; cat a.txt'), command('cat a.txt; ls')],
    'read',
  );
  assert.equal(end.temporal, 'COMPLETED');
  assert.match(answers(stack)[0] ?? '', /one\ntwo$/);
  assert.match(answers(stack)[1] ?? '', /^exit 0 after .* s\none\na\.txt$/);
  assert.equal(existsSync(join(stack.config.workspaceRoot, runId, 'repo/made')), false);
});

test("a command can't reach the worker's keys, the network or the repository's own git folder", PROVEN, async (t) => {
  const repo = gitRepository(t, { files: { 'a.txt': 'one\n' } });
  const { end } = await run(stack, repo, [
    command('env; cat /proc/1/environ | tr "\\0" "\\n"'),
    command('git config core.fsmonitor /tmp/x; git commit --allow-empty -m x; echo gitdir: /tmp > .git; true'),
    command(`ls ${stack.config.workspaceRoot}`),
  ]);
  assert.equal(end.temporal, 'COMPLETED');
  const [env = '', git = '', ls = ''] = answers(stack);
  assert.doesNotMatch(env, /TEST_KEY|DATABASE_URL|TEMPORAL_ADDRESS|PHASEGATE/);
  assert.match(git, /could not lock config file/i);
  assert.match(ls, /No such file/);
});

test('a long output is kept whole where the agent can read it', PROVEN, async (t) => {
  const repo = gitRepository(t, { files: { 'a.txt': 'one\n' } });
  const { end } = await run(stack, repo, [command('seq 1 20000')]);
  assert.equal(end.temporal, 'COMPLETED');
  const [text = ''] = answers(stack);
  assert.match(text, /checks\/command-[0-9a-f]{12}\.txt/);
  assert.ok(Buffer.byteLength(text) < 17_000);
});

test('with the sandbox off the tool is not offered, and the run goes on', async (t) => {
  const repo = gitRepository(t, { files: { 'a.txt': 'one\n' } });
  const { end } = await run(off, repo, []);
  assert.equal(end.temporal, 'COMPLETED');
  const { tools } = off.model.requests.at(-1)?.body as { tools: { function: { name: string } }[] };
  assert.ok(!tools.some(({ function: { name } }) => name === 'run_command'));
});
