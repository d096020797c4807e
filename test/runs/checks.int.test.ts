import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import type { RepositoryFile } from '../../src/domain/check/repository-file.js';
import type { TemplatePhase } from '../../src/domain/template/template.js';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { ended, untilGate, untilStatus, type Ended } from '../support/ended.js';
import { gitRepository, type TestRepository } from '../support/git-repository.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { done, proven, rows, write } from './support/checked-runs.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack({ sandbox: 'bwrap', bwrap: process.env.PHASEGATE_TEST_BWRAP ?? 'bwrap' });
  await stack.template('one', [CODE]);
  await stack.template('two-repairs', [{ ...CODE, repairs: 2 }]);
  await stack.template('parks', [{ ...CODE, repairs: 1 }], { onHumanRequired: 'wait' });
  await stack.template('may-change', [{ ...CODE, mayChangeProtected: true, gates: ['lead'] }]);
  await stack.template('gate', [{ ...CODE, gates: ['lead'] }]);
  await writeFile(join(stack.config.schemas, 'check.schema.json'), JSON.stringify(CHECK_SCHEMA));
  const artifact = { path: 'artifacts/reproduce.json', schema: 'urn:test:check' };
  const reproduction = { name: 'reproduction', fromArtifact: '/check/run' };
  await stack.template('bugfix', [
    { key: 'reproduce', artifact, checks: [{ ...reproduction, expect: 'fail', unchanged: '/check/files' }] },
    { key: 'fix', checks: ['all', { ...reproduction, of: 'reproduce', unchanged: '/check/files' }] },
  ]);
});
after(() => stack.stop());

const CODE: Partial<TemplatePhase> = { key: 'code', checks: 'all' };

const CHECK_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:test:check',
  type: 'object',
  required: ['check'],
  properties: { check: { type: 'object' } },
  examples: [{ check: { run: 'true', files: [] } }],
};

/** A repository whose test needs what the set-up makes, and the word `right` in its source. */
const FILES = {
  'src/a.txt': 'right\n',
  'test.sh': 'cat deps/lib.txt && echo "src: $(cat src/a.txt)" && grep -q right src/a.txt\n',
  '.gitignore': 'deps/\n',
};
const SETTINGS: RepositoryFile = {
  setup: [{ run: 'mkdir deps && echo lib > deps/lib.txt' }],
  checks: [{ name: 'test', run: 'sh test.sh' }],
  protect: ['test.sh', '.phasegate.yaml'],
};

function repository(
  t: TestContext,
  settings: RepositoryFile = SETTINGS,
  files: Record<string, string> = {},
): TestRepository {
  const repo = gitRepository(t, { files: { ...FILES, ...files } });
  repo.commit({ '.phasegate.yaml': JSON.stringify(settings) });
  return repo;
}

async function run(template: string, repo: TestRepository, work: Behaviour[]): Promise<Ended> {
  const handle = await stack.start(template, work, { repoPath: repo.path }, { repoAccess: 'write' });
  return ended(stack, handle);
}

const typesOf = ({ events }: Ended): string[] => events.map(({ type }) => type);
const eventOf = ({ events }: Ended, type: string) => events.find((event) => event.type === type)?.payload;

/** What the model was last told. */
function lastMessage(): string {
  const { messages } = stack.model.requests.at(-1)?.body as { messages: { role: string; content: string }[] };
  return messages.findLast(({ role }) => role === 'user')?.content ?? '';
}

test('where nothing is to run, people are told so', async (t) => {
  const repo = gitRepository(t);
  const handle = await stack.start(
    'gate',
    [{ tools: [write('a.txt', 'new')] }, done()],
    { repoPath: repo.path },
    { repoAccess: 'write' },
  );
  const status = await untilGate(stack, handle);
  assert.deepEqual(status.phases[0]?.proof, { checks: [], protectedChanged: [], mayChange: true });
  await handle.signal('approve');
  assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
});

proven('set-up, red, the agent mends it in the same conversation, green: all of it is in the record', async (t) => {
  const repo = repository(t);
  const readOutput = { name: 'read_file', args: { path: 'checks/code-test-1.txt' } };
  const forge = { name: 'write_file', args: { path: 'checks/code-test-1.txt', content: 'all green' } };
  const work = [
    { tools: [write('src/a.txt', 'wrong\n')] },
    done(),
    { tools: [forge, readOutput, write('src/a.txt', 'all right\n')] },
    done(),
  ];
  const end = await run('one', repo, work);
  assert.equal(end.temporal, 'COMPLETED', end.message);
  assert.deepEqual(
    typesOf(end).filter((type) => /setup|check|repaired|committed|validated/.test(type)),
    ['setup_completed', 'checks_failed', 'prompt_repaired', 'artifact_validated', 'changes_committed', 'checks_passed'],
  );
  const told = lastMessage();
  for (const part of ['"test": exit 1', 'Command: sh test.sh', 'src: wrong', 'checks/code-test-1.txt', 'repair 1 of 5'])
    assert.ok(told.includes(part), `${part} in: ${told}`);
  const answers = JSON.stringify(stack.model.requests.at(-1)?.body);
  assert.match(answers, /checks\/ has what the checks wrote/);
  assert.match(answers, /1\\tlib\\n *2\\tsrc: wrong/);
  const recorded = (await rows(stack, end)).map(({ kind, attempt, outcome, exit_code }) => [
    kind,
    attempt,
    outcome,
    exit_code,
  ]);
  assert.deepEqual(recorded, [
    ['setup', 1, 'passed', 0],
    ['base', 1, 'passed', 0],
    ['check', 1, 'failed', 1],
    ['check', 2, 'passed', 0],
  ]);
  const { runId } = end.report;
  assert.match(readFileSync(join(stack.config.workspaceRoot, runId, 'checks/code-test-1.txt'), 'utf8'), /src: wrong/);
  const { tree } = eventOf(end, 'checks_passed') as { tree: string };
  const [commit] = end.report.commits;
  assert.equal(repo.git('rev-parse', `${commit?.sha}^{tree}`), tree);
  assert.doesNotMatch(repo.git('ls-tree', '-r', '--name-only', tree), /deps/);
});

proven('when the repairs are used up, the phase fails and names what is red; attempts are not used', async (t) => {
  const work = [
    { tools: [write('src/a.txt', 'wrong\n')] },
    done(),
    { tools: [write('b.txt', 'b')] },
    done(),
    { tools: [write('c.txt', 'c')] },
    done(),
  ];
  const end = await run('two-repairs', repository(t), work);
  assert.equal(end.code, 'checks_failed');
  assert.match(end.message, /2 of 2 repairs: .*test: exit 1/);
  assert.equal(typesOf(end).filter((type) => type === 'checks_failed').length, 3);
  assert.deepEqual(end.report.commits, []);
});

proven(
  'a run that waits for people because its checks are red goes on with `retry`: new repairs, and the work is kept',
  async (t) => {
    const work = [
      { tools: [write('src/a.txt', 'wrong\n')] },
      done(),
      { tools: [write('b.txt', 'b')] },
      done(),
      { tools: [write('c.txt', 'c')] },
      done(),
      { tools: [write('src/a.txt', 'all right\n')] },
      done(),
    ];
    const handle = await stack.start('parks', work, { repoPath: repository(t).path }, { repoAccess: 'write' });
    const { waitsFor } = await untilStatus(stack, handle, (status) => status.waitsFor?.kind === 'parked');
    assert.match(waitsFor?.message ?? '', /1 of 1 repairs.*test: exit 1/);
    await handle.signal('retry', { by: 'ann', comment: 'The word is right.' });
    const end = await ended(stack, handle);
    assert.equal(end.temporal, 'COMPLETED', end.message);
    assert.equal(typesOf(end).filter((type) => type === 'checks_failed').length, 3);
    assert.equal(eventOf(end, 'checks_passed')?.tree !== undefined, true);
    assert.equal(end.report.changes?.total.files, 3, 'what the parked phase had written is there');
    const checks = (await rows(stack, end)).filter(({ kind }) => kind === 'check');
    assert.deepEqual(
      checks.map(({ outcome }) => outcome),
      ['failed', 'failed', 'failed', 'passed'],
    );
  },
);

proven('an agent that changes nothing is stalled at the third time', async (t) => {
  const end = await run('one', repository(t), [
    { tools: [write('src/a.txt', 'wrong\n')] },
    done(),
    done(),
    done(),
    done(),
  ]);
  assert.equal(end.code, 'stalled');
});

proven('what is red at the base commit, too, blocks nothing, and is shown; once for each run', async (t) => {
  const repo = repository(t, SETTINGS, { 'src/a.txt': 'broken before\n' });
  const handle = await stack.start(
    'gate',
    [{ tools: [write('b.txt', 'b')] }, done()],
    { repoPath: repo.path },
    { repoAccess: 'write' },
  );
  const status = await untilGate(stack, handle);
  assert.deepEqual(
    status.phases[0]?.proof?.checks.map(({ outcome, exitCode }) => [outcome, exitCode]),
    [['already_failing', 1]],
  );
  await handle.signal('approve');
  const end = await ended(stack, handle);
  assert.deepEqual(
    (await rows(stack, end)).map(({ kind }) => kind),
    ['setup', 'base', 'check'],
  );
});

proven('a required check must be green, whatever it was at the base commit', async (t) => {
  const settings = { ...SETTINGS, checks: [{ name: 'test', run: 'sh test.sh', required: true }] };
  const repo = repository(t, settings, { 'src/a.txt': 'broken before\n' });
  const end = await run('one', repo, [
    { tools: [write('b.txt', 'b')] },
    done(),
    { tools: [write('src/a.txt', 'right')] },
    done(),
  ]);
  assert.equal(end.temporal, 'COMPLETED', end.message);
  assert.ok(typesOf(end).includes('checks_failed'));
});

proven('a set-up that fails ends the run before a model is asked, with the end of its output', async (t) => {
  const before = stack.model.requests.length;
  const end = await run('one', repository(t, { ...SETTINGS, setup: [{ run: 'echo no such package; exit 3' }] }), []);
  assert.equal(end.code, 'setup_failed');
  assert.match(end.message, /setup 1 .*exit 3.*no such package/s);
  assert.equal(stack.model.requests.length, before);
  assert.deepEqual(
    (await rows(stack, end)).map(({ kind, outcome }) => [kind, outcome]),
    [['setup', 'failed']],
  );
});

proven('a command that is not there, not even at the base commit, is for a person to mend', async (t) => {
  const end = await run('one', repository(t, { ...SETTINGS, checks: [{ name: 'test', run: ['no-such-program'] }] }), [
    done(),
  ]);
  assert.equal(end.code, 'check_not_runnable');
  assert.match(end.message, /no-such-program.*not found/);
});

proven('protected files: told, undone, and only then checked', async (t) => {
  const end = await run('one', repository(t), [
    { tools: [write('src/a.txt', 'wrong\n'), write('test.sh', 'echo 0 failed\n')] },
    done(),
    { tools: [write('src/a.txt', 'right\n'), write('test.sh', FILES['test.sh'])] },
    done(),
  ]);
  assert.equal(end.temporal, 'COMPLETED', end.message);
  assert.match(lastMessage(), /repository protects[^]*"test\.sh"/);
  assert.deepEqual((eventOf(end, 'checks_failed') as { protected: string[] }).protected, ['test.sh']);
  assert.deepEqual(
    (await rows(stack, end)).map(({ kind, attempt }) => [kind, attempt]),
    [
      ['setup', 1],
      ['check', 2],
    ],
  );
});

proven('where the template allows it, a change of protected files is shown first at the gate', async (t) => {
  const work = [{ tools: [write('test.sh', `${FILES['test.sh']}# more\n`)] }, done()];
  const handle = await stack.start('may-change', work, { repoPath: repository(t).path }, { repoAccess: 'write' });
  const status = await untilGate(stack, handle);
  assert.deepEqual(status.phases[0]?.proof?.protectedChanged, ['test.sh']);
  await handle.signal('approve');
  assert.deepEqual(eventOf(await ended(stack, handle), 'protected_changed')?.files, ['test.sh']);
});

/** Tries to get green without the work: what it writes, beside the source that is wrong. */
const CHEATS: Record<string, { files: [string, string][]; settings?: RepositoryFile }> = {
  'patches what the set-up made, and ignores it': {
    files: [
      ['deps/lib.txt', 'right\n'],
      ['.gitignore', 'deps/\nsrc/\n'],
    ],
  },
  'takes node_modules out of .gitignore': {
    files: [
      ['.gitignore', ''],
      ['deps/lib.txt', 'right\n'],
      ['deps/more.txt', 'right\n'],
    ],
  },
  'prints 0 failed and exits 1': {
    files: [['tests/t.sh', 'echo 0 failed, all passed; exit 1\n']],
    settings: { checks: [{ name: 'test', run: 'sh tests/t.sh' }] },
  },
  'exits 0 from a background process while the main one fails': {
    files: [['tests/t.sh', '(sleep 0.2; exit 0) & exit 1\n']],
    settings: { checks: [{ name: 'test', run: 'sh tests/t.sh' }] },
  },
  'lets one check write what another reads': {
    files: [['tests/t.sh', 'mkdir -p deps; echo right > src/a.txt; echo right > ~/a.txt; exit 0\n']],
    settings: {
      checks: [
        { name: 'first', run: 'sh tests/t.sh' },
        { name: 'test', run: 'cat ~/a.txt; grep right src/a.txt' },
      ],
    },
  },
};

for (const [name, { files, settings }] of Object.entries(CHEATS)) {
  proven(`a model that cheats is caught: it ${name}`, async (t) => {
    const repo = repository(t, { ...SETTINGS, ...settings }, { 'tests/t.sh': 'exit 0\n' });
    const cheat = [write('src/a.txt', 'wrong\n'), ...files.map(([path, content]) => write(path, content))];
    const end = await run('two-repairs', repo, [
      { tools: cheat },
      done('all green'),
      done('all green'),
      done('all green'),
    ]);
    assert.ok(end.code === 'checks_failed' || end.code === 'stalled', `${end.code} ${end.message}`);
    assert.deepEqual(end.report.commits, []);
  });
}

proven('a reproduction is red, and the fix turns the same command green with its files unchanged', async (t) => {
  const repo = repository(t, SETTINGS);
  const artifact = (run: string, files: string[]): Behaviour => ({
    tools: [{ name: 'write_artifact', args: { check: { run, files } } }],
  });
  const end = await run('bugfix', repo, [
    artifact('sh bug.sh', ['bug.sh']),
    { tools: [write('bug.sh', 'exit 0\n')] },
    artifact('sh bug.sh', ['repo/bug.sh']),
    { tools: [write('bug.sh', 'grep -q fixed src/a.txt\n')] },
    artifact('sh bug.sh', ['repo/bug.sh']),
    // the fix: first by way of the test
    { tools: [write('bug.sh', 'exit 0\n')] },
    done(),
    { tools: [write('bug.sh', 'grep -q fixed src/a.txt\n'), write('src/a.txt', 'right and fixed\n')] },
    done(),
  ]);
  assert.equal(end.temporal, 'COMPLETED', end.message);
  const failed = end.events.filter(({ type }) => type === 'checks_failed').map(({ payload }) => String(payload.errors));
  assert.match(failed[0] ?? '', /"bug\.sh" will be in no commit/);
  assert.match(failed[1] ?? '', /green and must be red/);
  assert.match(failed[2] ?? '', /"bug\.sh" was changed/);
  const passed = end.events
    .filter(({ type }) => type === 'checks_passed')
    .map(({ payload }) => payload.checks as { name: string; expect: string }[]);
  assert.deepEqual(
    passed.map((checks) => checks.map(({ name, expect }) => `${name} ${expect}`)),
    [['reproduction fail'], ['test pass', 'reproduction pass']],
  );
});
