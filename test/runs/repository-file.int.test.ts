import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import type { Plan } from '../../src/domain/plan.js';
import type { RunInput } from '../../src/domain/run-input.js';
import type { TemplatePhase } from '../../src/domain/template/template.js';
import { sha256 } from '../../src/domain/text/hash.js';
import { readRunHistory } from '../../src/temporal/run-history.js';
import { planIn } from '../../src/upkeep/earlier-plan.js';
import { ended, type Ended } from '../support/ended.js';
import { gitRepository } from '../support/git-repository.js';
import { startTestStack, type TestStack } from '../support/stack.js';

const FILE = `setup:
  - run: "true"
checks:
  - { name: test, run: "true" }
  - { name: types, run: [tsc, --noEmit], timeout: 1m }
protect: [README.md, nothing.txt]
env: [CI]
`;

let off: TestStack;
let unavailable: TestStack;
before(async () => {
  // what is planned shows without a sandbox; whether commands run is the subject of other tests
  off = await startTestStack({ sandbox: 'off' });
  unavailable = await startTestStack({ sandbox: 'bwrap', bwrap: '/nonexistent/bwrap' });
  for (const stack of [off, unavailable]) {
    for (const [name, checks] of Object.entries<TemplatePhase['checks']>({
      all: 'all',
      named: ['types', { name: 'own', fromArtifact: '/title' }],
      missing: ['tests'],
      none: undefined,
    }))
      await stack.template(name, [{ key: 'note', checks }]);
  }
});
after(() => Promise.all([off.stop(), unavailable.stop()]));

async function run(
  stack: TestStack,
  template: string,
  repoPath: string,
  input: Partial<RunInput> = {},
): Promise<Ended> {
  const handle = await stack.start(template, [], { repoPath, ...input });
  return ended(stack, handle);
}

async function planOf(stack: TestStack, { report }: Ended): Promise<Plan> {
  const { runId, workflowId } = report;
  const plan = planIn(await readRunHistory(stack.client, { runId, workflowId, executionRunId: runId }));
  assert.ok(plan);
  return plan;
}

function repository(t: TestContext, files: Record<string, string>): string {
  const { path: folder, commit } = gitRepository(t);
  commit(files);
  return folder;
}

test('what the base commit says is in the plan, in the mirror and in the report', async (t) => {
  const end = await run(off, 'all', repository(t, { '.phasegate.yaml': FILE }));
  assert.equal(end.temporal, 'COMPLETED', end.message);
  const { commands, phases } = await planOf(off, end);
  assert.deepEqual(commands, {
    source: { kind: 'file', sha256: sha256(FILE) },
    sandbox: 'off',
    setup: [{ run: 'true', network: 'none', timeoutMs: 600_000 }],
    protect: ['README.md', 'nothing.txt'],
    env: ['CI'],
    warnings: ['protect: "nothing.txt" matches no file of the base commit'],
  });
  assert.deepEqual(
    phases[0]?.checks.map(({ name, timeoutMs }) => [name, timeoutMs]),
    [
      ['test', 600_000],
      ['types', 60_000],
    ],
  );
  assert.deepEqual(end.report.commands, commands);
  assert.deepEqual((await off.mirror.readReportFacts(end.report.runId)).commands, commands);
});

test('a template names checks, and brings one along; the input replaces those of the repository', async (t) => {
  const repoPath = repository(t, { '.phasegate.yaml': FILE });
  const checksOf = async (end: Ended) => (await planOf(off, end)).phases[0]?.checks.map(({ name, run }) => [name, run]);
  const own = ['own', { artifactOf: 'note', pointer: '/title' }];
  assert.deepEqual(await checksOf(await run(off, 'named', repoPath)), [['types', ['tsc', '--noEmit']], own]);
  const replaced = await run(off, 'named', repoPath, { checks: [{ name: 'types', run: 'mine' }] });
  assert.deepEqual(await checksOf(replaced), [['types', 'mine'], own]);
  assert.deepEqual(replaced.report.commands?.source, { kind: 'input' });
});

test('a repository without the file has no checks, and the run goes on; a file that is not committed is told', async (t) => {
  const repoPath = repository(t, { a: '' });
  const bare = await run(off, 'missing', repoPath);
  assert.equal(bare.temporal, 'COMPLETED', bare.message);
  assert.deepEqual((await planOf(off, bare)).phases[0]?.checks, []);
  await writeFile(path.join(repoPath, '.phasegate.yaml'), FILE);
  const { report } = await run(off, 'all', repoPath);
  assert.ok(report.commands?.source.kind === 'none');
  assert.match(report.commands.source.note ?? '', /only what is committed counts/);
});

const BAD: [what: string, template: string, file: string, input: Partial<RunInput>, code: string, words: RegExp][] = [
  ['a broken file', 'none', 'checks: [', {}, 'repository_file_invalid', /\.phasegate\.yaml \(commit \w+\):\d+:\d+: /],
  [
    'a variable that the worker does not give',
    'none',
    'env: [CI, NPM_TOKEN]',
    {},
    'variable_not_allowed',
    /asks for NPM_TOKEN in .*it gives: CI, .*PHASEGATE_COMMAND_ENV/,
  ],
  [
    'a set-up that asks for the network of the worker',
    'none',
    'setup: [{ run: a, network: [example.com] }, { run: b, network: host }]',
    {},
    'network_not_allowed',
    /step 2 of the set-up asks for `network: host`.*PHASEGATE_SANDBOX_HOST_NETWORK/,
  ],
  [
    'an input whose set-up asks for the network of the worker',
    'none',
    FILE,
    { setup: [{ run: 'a', network: 'host' }] },
    'network_not_allowed',
    /step 1 of the set-up/,
  ],
  ['a check that is not there', 'missing', FILE, {}, 'check_not_found', /"tests".*did you mean test\?.*test, types/],
  [
    'an input with a bad host',
    'all',
    FILE,
    { setup: [{ run: 'a', network: ['*'] }] },
    'input_invalid',
    /\/setup\/0\/network\/0: "\*" has a wildcard/,
  ],
  [
    'an input with a check twice',
    'all',
    FILE,
    {
      checks: [
        { name: 'a', run: 'x' },
        { name: 'a', run: 'y' },
      ],
    },
    'input_invalid',
    /\/checks\/1\/name/,
  ],
  [
    'an input with an unknown field',
    'all',
    FILE,
    { checks: [{ name: 'a', runs: 'x' }] as never },
    'input_invalid',
    /\/checks\/0\/runs: unknown field "runs", did you mean "run"\?/,
  ],
];

for (const [what, template, file, input, code, words] of BAD) {
  test(`${what} fails when the run is planned, before a model is paid`, async (t) => {
    const requests = off.model.requests.length;
    const end = await run(off, template, repository(t, { '.phasegate.yaml': file }), input);
    assert.equal(end.code, code, end.message);
    assert.match(end.message, words);
    assert.equal(off.model.requests.length, requests);
    const folder = path.join(off.config.workspaceRoot, end.report.runId);
    assert.deepEqual((await readdir(folder)).sort(), ['report.html', 'report.json', 'report.md'], 'nothing half done');
  });
}

test('where no sandbox can be had, only runs with commands fail, when they are planned', async (t) => {
  const [plain, withFile] = [repository(t, { a: '' }), repository(t, { '.phasegate.yaml': FILE })];
  const end = await run(unavailable, 'all', withFile);
  assert.equal(end.code, 'sandbox_unavailable', end.message);
  assert.equal(unavailable.model.requests.length, 0);
  assert.equal((await run(unavailable, 'none', withFile)).code, 'sandbox_unavailable', 'its set-up needs one');
  assert.equal((await run(unavailable, 'named', plain)).code, 'sandbox_unavailable', "the template's own check does");
  assert.equal((await run(unavailable, 'all', plain)).temporal, 'COMPLETED');
});
