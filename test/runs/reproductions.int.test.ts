import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, type TestContext } from 'node:test';
import type { ToolName } from '../../src/domain/names.js';
import type { TemplatePhase } from '../../src/domain/template/template.js';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { ended, untilGate, untilStatus, type Ended } from '../support/ended.js';
import { gitRepository, type TestRepository } from '../support/git-repository.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { command, done, proven, rows, write } from './support/checked-runs.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack({ sandbox: 'bwrap', bwrap: process.env.PHASEGATE_TEST_BWRAP ?? 'bwrap' });
  await writeFile(join(stack.config.schemas, 'check.schema.json'), JSON.stringify(CHECK_SCHEMA));
  const artifact = { path: 'artifacts/reproduce.json', schema: 'urn:test:check' };
  const reproduction = { name: 'reproduction', fromArtifact: '/check' };
  // as in templates/bugfix.yaml
  const reproduce: Partial<TemplatePhase> = {
    key: 'reproduce',
    artifact,
    checks: [{ ...reproduction, expect: 'fail', unchanged: '/check/files' }],
  };
  const fix: Partial<TemplatePhase> = {
    key: 'fix',
    checks: [{ ...reproduction, of: 'reproduce', unchanged: '/check/files' }],
  };
  await stack.template('bugfix', [reproduce, fix]);
  await stack.template('gated', [{ ...reproduce, gates: ['look'] }, fix]);
  await stack.template('prepared', [{ key: 'prepare' }, reproduce, fix]);
});
after(() => stack.stop());

const CHECK_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:test:check',
  type: 'object',
  required: ['check'],
  properties: { check: { type: 'object' } },
  examples: [{ check: { run: 'true', files: ['a.sh'] } }],
};
const SCRIPTS = Object.fromEntries(['lib', 'gone', 'mode', 'link'].map((name) => [`${name}.sh`, 'exit 0\n']));
const FILES = { 'src/a.txt': 'right\n', ...SCRIPTS };
const TOOLS: ToolName[] = ['ls', 'read_file', 'write_file', 'edit_file', 'run_command'];
/** The agent says that it is done, however often it is told that it isn't. */
const INSISTS = [1, 2, 3, 4, 5, 6, 7].map(() => done());
const REAL = write('bug.sh', 'grep -q fixed src/a.txt\n');
const FIXES = [{ tools: [write('src/a.txt', 'fixed\n')] }, done()];

const repository = (t: TestContext) => gitRepository(t, { files: FILES });
const check = (run: string, files: string[], summary = 'shown'): Behaviour => ({
  tools: [{ name: 'write_artifact', args: { summary, check: { run, files } } }],
});
const start = (template: string, repo: TestRepository, work: Behaviour[]) =>
  stack.start(template, work, { repoPath: repo.path }, { repoAccess: 'write', tools: TOOLS });
const run = async (template: string, repo: TestRepository, work: Behaviour[]): Promise<Ended> =>
  ended(stack, await start(template, repo, work));
const told = (end: Ended): string =>
  String(end.events.find(({ type, phaseKey }) => type === 'checks_failed' && phaseKey === 'reproduce')?.payload.errors);

proven('a helper of the reproduction that is not listed must be: the fix could change it', async (t) => {
  const cheat = [
    { tools: [write('bug.sh', '. ./helper.sh\n'), write('helper.sh', 'exit 1\n')] },
    check('sh bug.sh', ['bug.sh']),
  ];
  const listedThen = [check('sh bug.sh', ['bug.sh', 'helper.sh']), { tools: [write('helper.sh', 'exit 0\n')] }];
  const end = await run('bugfix', repository(t), [...cheat, ...listedThen, ...INSISTS]);
  assert.match(told(end), /"helper\.sh" is new, and is not among the files of the proof/);
  assert.notEqual(end.temporal, 'COMPLETED');
  assert.match(end.message, /"helper\.sh" was changed/);
});

proven('a helper must be listed whatever its name is', async (t) => {
  const end = await run('bugfix', repository(t), [
    { tools: [REAL, command("printf x > $(printf 'h\\351.sh'); printf x > 'h\nx.sh'")] },
    check('sh bug.sh', ['bug.sh']),
    { tools: [command('rm h*')] },
    check('sh bug.sh', ['bug.sh']),
    ...FIXES,
  ]);
  assert.match(told(end), /"h\\nx\.sh", "h\uFFFD\.sh" is new, and is not among/);
  assert.equal(end.temporal, 'COMPLETED', end.message);
});

proven('a reproduction changes no file of the base, also where it lists it', async (t) => {
  const change = 'echo exit 1 > lib.sh; rm gone.sh; chmod +x mode.sh; ln -sf src/a.txt link.sh';
  const end = await run('bugfix', repository(t), [
    { tools: [REAL, command(change)] },
    check('sh bug.sh', ['bug.sh', 'lib.sh', 'mode.sh', 'link.sh']),
    { tools: [command('for f in lib gone mode link; do rm -f $f.sh; echo exit 0 > $f.sh; done')] },
    check('sh bug.sh', ['bug.sh', 'lib.sh']),
    ...FIXES,
  ]);
  assert.match(told(end), /"gone\.sh", "lib\.sh", "link\.sh", "mode\.sh" was there before, and you changed it/);
  assert.equal(end.temporal, 'COMPLETED', end.message);
});

proven('a reproduction that gives the source other bytes by .gitattributes is no proof', async (t) => {
  const end = await run('bugfix', repository(t), [
    {
      tools: [
        write('bug.sh', '! grep -q "$(printf \'\\r\')" src/a.txt\n'),
        write('.gitattributes', 'src/* eol=crlf\n'),
      ],
    },
    ...[1, 2, 3].map(() => check('sh bug.sh', ['bug.sh', '.gitattributes'])),
  ]);
  assert.notEqual(end.temporal, 'COMPLETED');
  assert.match(told(end), /"src\/a\.txt" was there before/);
});

proven('what an earlier phase did is no matter of the reproduction, and does not count for it', async (t) => {
  const fine = await run('prepared', repository(t), [
    { tools: [write('src/new.txt', 'x\n'), write('lib.sh', 'exit 3\n')] },
    done(),
    { tools: [REAL] },
    check('sh bug.sh', ['bug.sh']),
    ...FIXES,
  ]);
  assert.equal(fine.temporal, 'COMPLETED', fine.message);
  const broken = await run('prepared', repository(t), [
    { tools: [write('src/a.txt', 'broken\n')] },
    done(),
    { tools: [write('bug.sh', '! grep -q broken src/a.txt\n')] },
    ...[1, 2, 3].map(() => check('sh bug.sh', ['bug.sh'])),
  ]);
  assert.match(told(broken), /green and must be red; that is at the base commit/);
  const base = (await rows(stack, broken)).find(({ kind }) => kind === 'base');
  assert.deepEqual([base?.outcome, base?.exit_code], ['failed', 0]);
});

proven('a file that an earlier revision of the reproduction listed stays listed, or goes', async (t) => {
  const repo = repository(t);
  const handle = await start('gated', repo, [
    { tools: [write('bug.sh', '. ./helper.sh\n'), write('helper.sh', 'exit 1\n')] },
    check('sh bug.sh', ['bug.sh', 'helper.sh']),
    check('sh bug.sh', ['bug.sh']),
    { tools: [command('rm helper.sh'), REAL] },
    check('sh bug.sh', ['bug.sh']),
    ...FIXES,
  ]);
  const first = await untilGate(stack, handle);
  await handle.executeUpdate('decide', { args: [{ action: 'requestChanges', by: 'ann', comment: 'one file' }] });
  await untilStatus(
    stack,
    handle,
    ({ openGates: [next] }) => !!next && next.requestId !== first.openGates[0]?.requestId,
  );
  await handle.signal('approve');
  const end = await ended(stack, handle);
  assert.match(told(end), /"helper\.sh" is new, and is not among the files/);
  assert.equal(end.temporal, 'COMPLETED', end.message);
});

/** Approves with the bytes that a person put into the place of the artifact. */
async function approveEdited(handle: Awaited<ReturnType<typeof start>>, runId: string, artifact: unknown) {
  const text = JSON.stringify(artifact);
  await writeFile(join(stack.config.workspaceRoot, runId, 'artifacts/reproduce.json'), text);
  const artifactSha256 = createHash('sha256').update(text).digest('hex');
  return handle.executeUpdate('decide', { args: [{ action: 'approve', by: 'ann', artifactSha256 }] });
}

proven('a person may edit the words of a reproduction at its gate, and nothing that was proven', async (t) => {
  const handle = await start('gated', repository(t), [{ tools: [REAL] }, check('sh bug.sh', ['bug.sh']), ...FIXES]);
  const { run: ref } = await untilGate(stack, handle);
  const real = { run: 'sh bug.sh', files: ['bug.sh'] };
  for (const other of [
    { ...real, run: 'true' },
    { ...real, files: ['src/a.txt'] },
    { ...real, run: ['sh', 'bug.sh'] },
  ])
    await assert.rejects(approveEdited(handle, ref.runId, { summary: 'shown', check: other }), (error: Error) => {
      assert.match(String(error.cause), /\/check.*proven.*requestChanges/s);
      return true;
    });
  await approveEdited(handle, ref.runId, { summary: 'better words', check: { files: ['bug.sh'], run: 'sh bug.sh' } });
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED', end.message);
  assert.equal(end.events.filter(({ type }) => type === 'artifact_edited').length, 1);
});
