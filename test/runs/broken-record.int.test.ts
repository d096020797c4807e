import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import type { RepositoryFile } from '../../src/domain/check/repository-file.js';
import type { ToolName } from '../../src/domain/names.js';
import type { TemplatePhase } from '../../src/domain/template/template.js';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { compareRun } from '../../src/upkeep/compare-run.js';
import { rebuildRun } from '../../src/upkeep/rebuild-run.js';
import { finishRemoval } from '../../src/workspace/worktree/remove-workspace.js';
import { ended, untilGate, untilStatus, type Ended } from '../support/ended.js';
import { gitRepository, type TestRepository } from '../support/git-repository.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { command, done, proven, write } from './support/checked-runs.js';

const SECRET = 'npm_s3cretTokenValue42';
let stack: TestStack;
before(async () => {
  stack = await startTestStack(
    { sandbox: 'bwrap', bwrap: process.env.PHASEGATE_TEST_BWRAP ?? 'bwrap', commandEnv: ['SHOP_TOKEN'] },
    { env: { SHOP_TOKEN: SECRET } },
  );
  await stack.template('one', [CODE]);
});
after(() => stack.stop());

const CODE: Partial<TemplatePhase> = { key: 'code', checks: 'all' };
const FILES = { 'src/a.txt': 'right\n', 'test.sh': 'grep -q right src/a.txt\n' };
const SETTINGS: RepositoryFile = {
  setup: [{ run: 'true' }],
  checks: [{ name: 'test', run: 'sh test.sh' }],
  protect: ['test.sh', '.phasegate.yaml'],
};
const TOOLS: ToolName[] = ['ls', 'read_file', 'write_file', 'edit_file', 'run_command'];
const MAY_CHANGE = { repoAccess: 'write', tools: TOOLS } as const;

function repository(t: TestContext, settings: RepositoryFile = SETTINGS, files: Record<string, string> = {}) {
  const repo = gitRepository(t, { files: { ...FILES, ...files } });
  repo.commit({ '.phasegate.yaml': JSON.stringify(settings) });
  return repo;
}
async function run(template: string, repo: TestRepository, work: Behaviour[]): Promise<Ended> {
  return ended(stack, await stack.start(template, work, { repoPath: repo.path }, MAY_CHANGE));
}

proven("set-up and checks get the variables that the repository names, and an agent's commands don't", async (t) => {
  const needsToken = 'test "$SHOP_TOKEN" = npm_s3cretTokenValue"$((40 + 2))"';
  const settings = { ...SETTINGS, env: ['SHOP_TOKEN'], setup: [{ run: needsToken }] };
  const repo = repository(t, { ...settings, checks: [{ name: 'test', run: needsToken }] });
  const end = await run('one', repo, [
    {
      tools: [
        command('printenv SHOP_TOKEN > note.txt; echo "it is (${SHOP_TOKEN-not set})" >> note.txt'),
        { name: 'read_file', args: { path: 'repo/note.txt' } },
      ],
    },
    done(),
  ]);
  assert.equal(end.temporal, 'COMPLETED', end.message ?? '');
  const asked = JSON.stringify(stack.model.requests.at(-1)?.body);
  assert.ok(asked.includes('it is (not set)'), 'the agent reads what its command wrote');
  assert.ok(!asked.includes(SECRET), 'the provider got it');
  const { branch } = end.report.repository ?? assert.fail('the report names the repository');
  assert.equal(repo.git('show', `${branch}:note.txt`), 'it is (not set)');
});

proven('a folder that is protected and is not there yet is not made as a link', async (t) => {
  const repo = repository(t, { ...SETTINGS, protect: ['/ci/'] }, { 'mine/t.sh': 'true\n' });
  const end = await run('one', repo, [{ tools: [command('ln -s mine ci')] }, ...[1, 2, 3, 4].map(() => done())]);
  assert.equal(end.temporal, 'FAILED');
  assert.deepEqual(end.events.find(({ type }) => type === 'checks_failed')?.payload.protected, ['ci']);
});

proven('a gate shows a protected file also after a revision that changed something else', async (t) => {
  await stack.template('may', [{ ...CODE, mayChangeProtected: true, gates: ['lead'] }]);
  const work = [
    { tools: [write('test.sh', 'exit 0\n')] },
    done('one'),
    { tools: [write('src/b.txt', 'x\n')] },
    done('two'),
  ];
  const handle = await stack.start('may', work, { repoPath: repository(t).path }, MAY_CHANGE);
  const first = await untilGate(stack, handle);
  assert.deepEqual(first.phases[0]?.proof?.protectedChanged, ['test.sh']);
  await handle.signal('requestChanges', { comment: 'please add b.txt, too' });
  const revised = await untilStatus(
    stack,
    handle,
    ({ openGates, phases }) => openGates.length > 0 && phases[0]?.revisions === 1,
  );
  assert.deepEqual(revised.phases[0]?.proof?.protectedChanged, ['test.sh']);
  await handle.signal('approve');
  assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
});

proven('a gate of the next round and of a later phase shows it, too, and no phase is blamed for another', async (t) => {
  await stack.template('may-loop', [
    { ...CODE, key: 'build', mayChangeProtected: true, gates: ['lead'] },
    { key: 'review', sendBack: { to: 'build', when: { title: 'bad' }, max: 1, onMax: 'fail' } },
    { key: 'polish', gates: ['lead'] },
  ]);
  const work = [
    { tools: [write('test.sh', 'exit 0\n')] },
    done('one'),
    done('bad'),
    { tools: [write('src/b.txt', 'x\n')] },
    done('two'),
    done('good'),
    { tools: [write('src/c.txt', 'x\n')] },
    done('three'),
  ];
  const handle = await stack.start('may-loop', work, { repoPath: repository(t).path }, MAY_CHANGE);
  await untilGate(stack, handle);
  await handle.signal('approve');
  const second = await untilStatus(
    stack,
    handle,
    ({ openGates, phases }) => openGates.length > 0 && phases[0]?.round === 2,
  );
  assert.deepEqual(second.phases[0]?.proof?.protectedChanged, ['test.sh']);
  await handle.signal('approve');
  const third = await untilStatus(
    stack,
    handle,
    ({ openGates, phases }) => openGates.length > 0 && phases[2]?.proof !== null,
  );
  assert.deepEqual(third.phases[2]?.proof?.protectedChanged, ['test.sh']);
  await handle.signal('approve');
  assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
});

proven('verify names what was changed in the rows of commands', async (t) => {
  const zeros = "repeat('0', 40)";
  const end = await run('one', repository(t), [
    { tools: [write('src/a.txt', 'wrong\n')] },
    done(),
    { tools: [write('src/a.txt', 'all right\n')] },
    done(),
  ]);
  assert.equal(end.temporal, 'COMPLETED');
  const { runId } = end.report;
  const { pool } = stack.mirror;
  const findings = async () => (await compareRun(stack.client, stack.mirror, runId)).findings;
  assert.deepEqual(await findings(), []);
  await pool.query(`CREATE TABLE kept_rows AS SELECT * FROM check_runs WHERE run_id = '${runId}'`);
  const lies = [
    'UPDATE check_runs SET exit_code = 0 WHERE exit_code <> 0',
    "UPDATE check_runs SET outcome = 'passed' WHERE outcome = 'failed'",
    `UPDATE check_runs SET tree = ${zeros} WHERE kind = 'check'`,
    `UPDATE check_runs SET commit = ${zeros} WHERE kind = 'check'`,
    "UPDATE check_runs SET output = 'all green' WHERE kind = 'check'",
    "UPDATE check_runs SET command = 'true' WHERE kind = 'check'",
    "UPDATE check_runs SET command = 'false' WHERE kind = 'setup'",
    "UPDATE check_runs SET sandbox = 'none' WHERE kind = 'setup'",
    "UPDATE check_runs SET command_end = 'timed_out' WHERE kind = 'check'",
    "UPDATE check_runs SET duration_ms = duration_ms + 1 WHERE kind = 'check'",
    ...["kind = 'base'", "kind = 'setup'", "kind = 'check' AND outcome = 'failed'", "kind = 'check'"].map(
      (which) => `DELETE FROM check_runs WHERE ${which}`,
    ),
  ];
  for (const lie of lies) {
    const { rowCount } = await pool.query(`${lie} AND run_id = '${runId}'`);
    assert.ok((rowCount ?? 0) > 0, lie);
    const found = await findings();
    assert.ok(
      found.length > 0 && found.every(({ kind }) => kind === 'checks_missing'),
      `${lie}: ${JSON.stringify(found)}`,
    );
    await pool.query(`DELETE FROM check_runs WHERE run_id = '${runId}'`);
    await pool.query('INSERT INTO check_runs SELECT * FROM kept_rows');
  }
  await pool.query('DROP TABLE kept_rows');
  assert.deepEqual(await findings(), []);
});

proven('an output with characters that the database can not hold is no difference', async (t) => {
  const settings = { ...SETTINGS, checks: [{ name: 'test', run: "printf 'a\\000b ⟦u0041⟧'" }] };
  const end = await run('one', repository(t, settings), [done()]);
  assert.equal(end.temporal, 'COMPLETED');
  assert.deepEqual((await compareRun(stack.client, stack.mirror, end.report.runId)).findings, []);
});

proven('rebuild brings back the artifacts of earlier rounds, whose copies lie in the run folder', async (t) => {
  await stack.template('loop', [
    { key: 'build', checks: 'all' },
    { key: 'review', sendBack: { to: 'build', when: { title: 'bad' }, max: 1, onMax: 'fail' } },
  ]);
  const work = [done(), done('bad'), { tools: [write('src/b.txt', 'all right\n')] }, done('two'), done('good')];
  const { runId } = (await run('loop', repository(t), work)).report;
  const names = readdirSync(join(stack.config.workspaceRoot, runId, 'artifacts'));
  await stack.mirror.pool.query(`DELETE FROM artifacts WHERE run_id = '${runId}'`);
  const { done: did, after: left } = await rebuildRun(stack.client, stack.mirror, runId, stack.config.workspaceRoot);
  assert.deepEqual(left.findings, [], JSON.stringify({ names, did }));
});

test('what an agent left in a very deep folder is deleted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'phasegate-deep-'));
  try {
    const deep = 'for i in $(seq 1 380); do mkdir dddddddddd && cd -P ./dddddddddd || exit 1; done';
    const { status, stderr } = spawnSync('bash', ['-c', deep], { cwd: folder, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    await finishRemoval(folder);
    assert.equal(existsSync(folder), false);
  } finally {
    spawnSync('rm', ['-rf', folder]);
  }
});
