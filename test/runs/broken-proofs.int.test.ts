import assert from 'node:assert/strict';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, type TestContext } from 'node:test';
import type { RepositoryFile } from '../../src/domain/check/repository-file.js';
import type { Persona } from '../../src/domain/template/persona.js';
import type { ToolName } from '../../src/domain/names.js';
import type { TemplatePhase } from '../../src/domain/template/template.js';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { ended, untilGate, type Ended } from '../support/ended.js';
import { gitRepository, type TestRepository } from '../support/git-repository.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { command, done, proven, rows, write } from './support/checked-runs.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack({ sandbox: 'bwrap', bwrap: process.env.PHASEGATE_TEST_BWRAP ?? 'bwrap' });
  await stack.template('one', [CODE]);
  await writeFile(join(stack.config.schemas, 'check.schema.json'), JSON.stringify(CHECK_SCHEMA));
  const artifact = { path: 'artifacts/reproduce.json', schema: 'urn:test:check' };
  const reproduction = { name: 'reproduction', fromArtifact: '/check' };
  // as in templates/bugfix.yaml
  const fix: Partial<TemplatePhase> = {
    key: 'fix',
    checks: ['all', { ...reproduction, of: 'reproduce', unchanged: '/check/files' }],
  };
  const reproduce: Partial<TemplatePhase> = {
    key: 'reproduce',
    artifact,
    checks: [{ ...reproduction, expect: 'fail', unchanged: '/check/files' }],
  };
  await stack.template('bugfix-as-shipped', [reproduce, fix]);
  await stack.template('between', [reproduce, { key: 'between' }, fix]);
});
after(() => stack.stop());

const CODE: Partial<TemplatePhase> = { key: 'code', checks: 'all' };
const CHECK_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:test:check',
  type: 'object',
  required: ['check'],
  // as in schemas/artifacts/reproduction.schema.json
  properties: { check: { type: 'object', properties: { files: { type: 'array', minItems: 1 } } } },
  examples: [{ check: { run: 'true', files: ['a.sh'] } }],
};
const FILES = {
  'src/a.txt': 'right\n',
  'test.sh': 'cat deps/lib.txt && echo "src: $(cat src/a.txt)" && grep -q right src/a.txt\n',
  '.gitignore': 'deps/\n*.log\n',
};
const SETTINGS: RepositoryFile = {
  setup: [{ run: 'mkdir deps && echo lib > deps/lib.txt' }],
  checks: [{ name: 'test', run: 'sh test.sh' }],
  protect: ['test.sh', '.phasegate.yaml'],
};
const TOOLS: ToolName[] = ['ls', 'read_file', 'write_file', 'edit_file', 'run_command'];

function repository(t: TestContext, settings: RepositoryFile = SETTINGS, files: Record<string, string> = {}) {
  const repo = gitRepository(t, { files: { ...FILES, ...files } });
  repo.commit({ '.phasegate.yaml': JSON.stringify(settings) });
  return repo;
}
const check = (run: string, files: string[]): Behaviour => ({
  tools: [{ name: 'write_artifact', args: { check: { run, files } } }],
});
async function run(template: string, repo: TestRepository, work: Behaviour[]): Promise<Ended> {
  const handle = await stack.start(template, work, { repoPath: repo.path }, { repoAccess: 'write', tools: TOOLS });
  return ended(stack, handle);
}

proven('an agent that puts a file where the set-up made a folder does not get broken work through', async (t) => {
  const end = await run('one', repository(t), [
    { tools: [write('src/a.txt', 'wrong\n'), command('rm -rf deps; echo x > deps')] },
    ...[1, 2, 3, 4, 5, 6, 7].map(() => done()),
  ]);
  t.diagnostic(JSON.stringify(await rows(stack, end)));
  assert.notEqual(
    end.temporal,
    'COMPLETED',
    JSON.stringify(end.events.find(({ type }) => type === 'checks_passed')?.payload),
  );
});

proven('an agent that puts a link where the set-up made a folder does not get its own tools', async (t) => {
  const repo = repository(t, {
    ...SETTINGS,
    checks: [{ name: 'test', run: 'sh deps/tool.sh' }],
    setup: [{ run: 'mkdir deps && echo "grep -q right src/a.txt" > deps/tool.sh' }],
  });
  const end = await run('one', repo, [
    {
      tools: [
        write('src/a.txt', 'wrong\n'),
        command('rm -rf deps; mkdir mine; echo exit 0 > mine/tool.sh; ln -s mine deps'),
      ],
    },
    ...[1, 2, 3, 4, 5, 6, 7].map(() => done()),
  ]);
  t.diagnostic(JSON.stringify(await rows(stack, end)));
  assert.notEqual(end.temporal, 'COMPLETED');
});

proven('a red base that is flaky, or ran out of time, does not hide what the agent broke', async (t) => {
  // at the base commit the check is slow: it runs into its limit; the agent's work is red at once
  const settings: RepositoryFile = {
    checks: [{ name: 'test', run: 'grep -q right src/a.txt || exit 1; sleep 5', timeout: '2s' }],
  };
  const end = await run('one', repository(t, settings), [
    { tools: [write('src/a.txt', 'wrong\n')] },
    done(),
    done(),
    done(),
    done(),
    done(),
    done(),
    done(),
  ]);
  t.diagnostic(JSON.stringify(await rows(stack, end)));
  assert.notEqual(end.temporal, 'COMPLETED');
});

proven('a reproduction that is red only because its phase broke the source is no proof', async (t) => {
  const repo = repository(t);
  const before = repo.git('rev-parse', 'HEAD:src/a.txt');
  const end = await run('bugfix-as-shipped', repo, [
    { tools: [write('src/a.txt', 'right but broken\n'), write('bug.sh', '! grep -q broken src/a.txt\n')] },
    check('sh bug.sh', ['bug.sh']),
    { tools: [write('src/a.txt', 'right\n')] },
    done(),
    done(),
    done(),
    done(),
    done(),
  ]);
  const branch = end.report.repository?.branch ?? 'HEAD';
  assert.ok(
    end.temporal !== 'COMPLETED' || repo.git('rev-parse', `${branch}:src/a.txt`) !== before,
    'completed, and the source is what it was',
  );
  const told = end.events.find(({ type }) => type === 'checks_failed')?.payload.errors;
  assert.match(String(told), /"src\/a\.txt" was there before, and you changed it/);
});

proven('a reproduction whose file is in no commit (ignored) is no proof', async (t) => {
  const end = await run('bugfix-as-shipped', repository(t), [
    { tools: [write('bug.log', 'exit 0\n')] },
    check('cat bug.log >/dev/null && sh bug.log', ['bug.log']),
    done(),
    done(),
    done(),
    done(),
    done(),
  ]);
  const failed = end.events.filter(({ type }) => type === 'checks_failed').map(({ phaseKey }) => phaseKey);
  assert.equal(failed[0], 'reproduce', JSON.stringify({ failed, code: end.code, m: end.message }));
});

proven('the command of a reproduction names files, and a fix that rewrites the script it runs is caught', async (t) => {
  const end = await run('bugfix-as-shipped', repository(t), [
    { tools: [write('bug.sh', 'grep -q fixed src/a.txt\n')] },
    check('sh bug.sh', []),
    { tools: [write('bug.sh', 'exit 0\n')] },
    done(),
    done(),
    done(),
    done(),
    done(),
    done(),
    done(),
  ]);
  assert.notEqual(end.temporal, 'COMPLETED');
});

proven('files of a proof are those of its phase, although a phase in between changed them', async (t) => {
  const repo = repository(t, SETTINGS, { 'bug.sh': 'grep -q fixed src/a.txt\n' });
  const end = await run('between', repo, [
    check('sh bug.sh', ['bug.sh']),
    { tools: [write('bug.sh', 'exit 0\n')] },
    done(),
    done(),
    done(),
    done(),
    done(),
    done(),
    done(),
    done(),
  ]);
  assert.notEqual(end.temporal, 'COMPLETED');
});

proven(
  'the shipped bugfix completes with the scripted model, whose reproduction holds at the base commit',
  async (t) => {
    await cp(join(PACKAGE_ROOT, 'templates', 'bugfix.yaml'), join(stack.config.templates, 'bugfix.yaml'));
    await cp(join(PACKAGE_ROOT, 'schemas', 'artifacts'), stack.config.schemas, { recursive: true });
    const able: Partial<Persona> = { repoAccess: 'write', tools: TOOLS, roles: ['tester', 'implementer'] };
    const writer = await stack.persona([], able);
    const reader = await stack.persona([], { roles: ['investigator', 'reviewer'] });
    const overrides = {
      tester: writer.name,
      implementer: writer.name,
      investigator: reader.name,
      reviewer: reader.name,
    };
    const input = { template: 'bugfix', repoPath: repository(t).path, requirements: 'Greet in Welsh', overrides };
    const handle = await stack.startRaw([input]);
    await untilGate(stack, handle);
    await handle.signal('approve');
    const end = await ended(stack, handle);
    assert.equal(end.temporal, 'COMPLETED', end.message);
    const found = (await rows(stack, end)).filter(({ name }) => name === 'reproduction');
    assert.deepEqual(
      found.map(({ kind, outcome, exit_code }) => [kind, outcome, exit_code]),
      [
        ['base', 'passed', 1],
        ['check', 'passed', 1],
        ['check', 'passed', 0],
      ],
    );
  },
);

proven('a new link on the way to a protected path is a change of it', async (t) => {
  const repo = repository(t, { ...SETTINGS, protect: ['/ci/deploy.sh', 'tools/*/run.sh'] });
  const end = await run('one', repo, [
    {
      tools: [
        write('mine/deploy.sh', 'evil\n'),
        command('ln -s mine ci; mkdir tools; ln -s ../mine tools/a; ln -s mine free'),
      ],
    },
    done(),
    { tools: [command('rm ci tools/a')] },
    done('undone'),
  ]);
  assert.equal(end.temporal, 'COMPLETED', end.message);
  assert.deepEqual(end.events.find(({ type }) => type === 'checks_failed')?.payload.protected, ['ci', 'tools/a']);
});

/** The agent says that it is done, however often it is told that it isn't. */
const INSISTS = [1, 2, 3, 4, 5, 6, 7].map(() => done());

proven('.gitattributes that give a protected file other bytes are a change of it', async (t) => {
  const repo = repository(t, { ...SETTINGS, setup: [] }, { 'test.sh': '! grep -q wrong src/a.txt\n' });
  const end = await run('one', repo, [
    { tools: [write('src/a.txt', 'wrong\n'), write('.gitattributes', 'test.sh eol=crlf\n')] },
    ...INSISTS,
  ]);
  assert.notEqual(end.temporal, 'COMPLETED');
  assert.deepEqual(end.events.find(({ type }) => type === 'checks_failed')?.payload.protected, ['test.sh']);
});

proven('.gitattributes that give no protected file other bytes are free', async (t) => {
  const end = await run('one', repository(t, { ...SETTINGS, setup: [] }, { 'test.sh': 'grep -q right src/a.txt\n' }), [
    { tools: [write('.gitattributes', '* text=auto\nsrc/*.bat eol=crlf\n'), write('src/b.bat', 'x\n')] },
    ...INSISTS,
  ]);
  assert.equal(end.temporal, 'COMPLETED', end.message);
});

proven('.gitattributes that give a file of the proof other bytes are a change of it', async (t) => {
  const end = await run('bugfix-as-shipped', repository(t), [
    { tools: [write('bug.sh', '! grep -q right src/a.txt\n')] },
    check('sh bug.sh', ['bug.sh']),
    { tools: [write('.gitattributes', 'bug.sh eol=crlf\n')] },
    ...INSISTS,
  ]);
  assert.notEqual(end.temporal, 'COMPLETED');
  assert.match(end.message, /bug\.sh.*was changed, or \.gitattributes/);
});

proven('a folder is no file of a proof: the source could come along', async (t) => {
  const end = await run('bugfix-as-shipped', repository(t), [
    { tools: [write('src/a.txt', 'right broken\n'), write('bug.sh', '! grep -q broken src/a.txt\n')] },
    ...[1, 2, 3, 4, 5, 6, 7].map(() => check('sh bug.sh', ['src', 'bug.sh'])),
  ]);
  assert.notEqual(end.temporal, 'COMPLETED');
  assert.match(end.message, /"src" is a folder: name the files/);
});

proven('a set-up that makes a name that is no UTF-8 fails at once, and says so', async (t) => {
  const setup = [{ run: `printf x > "$(printf 'caf\\351.txt')"` }];
  const end = await run('one', repository(t, { ...SETTINGS, setup }), INSISTS);
  assert.equal(end.code, 'setup_failed');
  assert.match(end.message, /names are no UTF-8/);
});

proven('a first word that begins with a hyphen is a program that is not there', async (t) => {
  const options: RepositoryFile = { checks: [{ name: 'test', run: ['--version'] }] };
  assert.equal((await run('one', repository(t, options), INSISTS)).code, 'check_not_runnable');
});
