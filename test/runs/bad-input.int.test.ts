import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ended } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';

let stack: TestStack;
let good: Record<string, unknown>;
before(async () => {
  stack = await startTestStack();
  await stack.template('one', [{ key: 'note' }]);
  await stack.template('unbound', [{ key: 'note', role: 'nobody' }]);
  await stack.template('no-schema', [
    { key: 'note', artifact: { path: 'artifacts/x.json', schema: 'urn:test:missing' } },
  ]);
  await stack.template('twice', [{ key: 'same' }, { key: 'same' }]);
  await stack.template('escape', [
    { key: 'note', artifact: { path: 'artifacts/../../x.json', schema: 'urn:test:note' } },
  ]);
  await stack.template('shared-path', [
    { key: 'a', artifact: { path: 'artifacts/x.json', schema: 'urn:test:note' } },
    { key: 'b', artifact: { path: 'artifacts/x.json', schema: 'urn:test:note' } },
  ]);
  await stack.template('gate-twice', [{ key: 'note', gates: ['lead', 'lead'] }]);
  await stack.template('empty', []);
  await writeFile(
    path.join(stack.config.templates, 'broken.yaml'),
    'name: broken\nversion: "1"\nphases:\n  - key: [\n',
  );
  const { name: worker } = await stack.persona([]);
  const { name: readOnly } = await stack.persona([], { tools: ['read_file'] });
  const { name: elsewhere } = await stack.persona([], { backend: 'nowhere' });
  const { name: unconsented } = await stack.persona([], { requiresConsent: true });
  await writeFile(path.join(stack.config.personas, 'odd.json'), JSON.stringify({ name: 'odd', tools: ['rm_rf'] }));
  good = { template: 'one', repoPath: stack.repoPath, requirements: 'r', overrides: { worker } };
  Object.assign(personas, { readOnly, elsewhere, unconsented });
});
after(() => stack.stop());

const personas: Record<string, string> = {};
const TABLE: [name: string, input: () => unknown, code: string, message: RegExp][] = [
  ['a string', () => 'feature', 'input_invalid', /JSON object.*"feature"/],
  ['an array', () => [good], 'input_invalid', /JSON object/],
  ['null', () => null, 'input_invalid', /null/],
  ['nothing', () => undefined, 'input_invalid', /./],
  ['an unknown field', () => ({ ...good, requirement: 'r' }), 'input_invalid', /requirement.*requirements/s],
  ['budget 0', () => ({ ...good, budgetUsd: 0 }), 'input_invalid', /budgetUsd/],
  ['a negative budget', () => ({ ...good, budgetUsd: -1 }), 'input_invalid', /budgetUsd/],
  ['a budget in words', () => ({ ...good, budgetUsd: 'ten' }), 'input_invalid', /budgetUsd/],
  ['no requirements', () => ({ ...good, requirements: ' \n' }), 'requirements_empty', /requirements/],
  [
    'too long requirements',
    () => ({ ...good, requirements: 'x'.repeat(512 * 1024 + 1) }),
    'requirements_too_large',
    /524288|512/,
  ],
  ['an unknown template', () => ({ ...good, template: 'onne' }), 'template_not_found', /one/],
  ['an unknown override', () => ({ ...good, overrides: { worker: 'ghost' } }), 'persona_not_found', /ghost/],
  ['an override for no role', () => ({ ...good, overrides: { wroker: 'x' } }), 'input_invalid', /wroker/],
  [
    'a persona that cannot write',
    () => ({ ...good, overrides: { worker: personas.readOnly } }),
    'persona_cannot_write',
    /write_file/,
  ],
  [
    'an unknown backend',
    () => ({ ...good, overrides: { worker: personas.elsewhere } }),
    'backend_not_found',
    /nowhere/,
  ],
  ['missing consent', () => ({ ...good, overrides: { worker: personas.unconsented } }), 'consent_missing', /consent/],
  ['a role no persona fits', () => ({ ...good, template: 'unbound', overrides: {} }), 'role_unbound', /nobody/],
  ['an unknown schema', () => ({ ...good, template: 'no-schema' }), 'schema_not_found', /urn:test:missing/],
  ['duplicate phase keys', () => ({ ...good, template: 'twice' }), 'template_invalid', /same/],
  ['an artifact path that leads out', () => ({ ...good, template: 'escape' }), 'template_invalid', /artifacts/],
  ['one artifact path for two phases', () => ({ ...good, template: 'shared-path' }), 'template_invalid', /x\.json/],
  ['a gate twice', () => ({ ...good, template: 'gate-twice' }), 'template_invalid', /lead/],
  ['no phases', () => ({ ...good, template: 'empty', overrides: {} }), 'template_invalid', /phases/],
  ['YAML that does not parse', () => ({ ...good, template: 'broken' }), 'template_invalid', /line \d|:\d+:\d+/],
  ['no repository', () => ({ ...good, repoPath: undefined }), 'repo_path_missing', /repoPath/],
  ['a relative path', () => ({ ...good, repoPath: 'repo' }), 'repo_path_not_absolute', /absolute/],
  ['no git repository', () => ({ ...good, repoPath: stack.config.templates }), 'repo_not_git', /git/],
  ['an unknown branch', () => ({ ...good, baseBranch: 'mian' }), 'branch_not_found', /main/],
];

for (const [name, input, code, message] of TABLE) {
  test(`S01, S05, S07, S11: ${name} fails at once with ${code}`, async () => {
    const requests = stack.model.requests.length;
    const worktrees = await readdir(stack.config.workspaceRoot);
    const handle = await stack.startRaw(input() === undefined ? [] : [input()]);
    const end = await ended(stack, handle);
    assert.equal(end.code, code, end.message);
    assert.match(end.message, message);
    assert.equal(stack.model.requests.length, requests, 'no model was asked');
    const folder = path.join(stack.config.workspaceRoot, end.report.runId);
    assert.deepEqual((await readdir(folder)).sort(), ['report.html', 'report.json', 'report.md'], 'nothing half done');
    assert.equal((await readdir(stack.config.workspaceRoot)).length, worktrees.length + 1);
  });
}

test('a persona file with an unknown tool is named, with its place', async () => {
  const end = await ended(stack, await stack.startRaw([{ ...good, overrides: { worker: 'odd' } }]));
  assert.equal(end.code, 'persona_invalid');
  assert.match(end.message, /odd\.json.*tools/s);
});

test('an unknown workflow type fails at once', async () => {
  const handle = await stack.startRaw([good], 'agentRunn');
  await assert.rejects(handle.result(), (error: Error) => /agentRunn.*start agentRun/.test(String(error.cause)));
});

test('requirements of any script and with control characters reach the agent as they are', async () => {
  const requirements = 'Ω漢字🙂 \u0000\u0001\u001b[31m\u2028 end';
  const end = await ended(stack, await stack.startRaw([{ ...good, requirements }]));
  assert.equal(end.temporal, 'COMPLETED');
  const asked = JSON.stringify(stack.model.requests.at(-1)?.body);
  assert.ok(asked.includes(JSON.stringify(requirements).slice(1, -1).slice(0, 20)));
});

test('an input above what Temporal can carry on is refused by the workflow itself', async () => {
  const end = await ended(stack, await stack.startRaw([{ ...good, requirements: '\u0001'.repeat(300_000) }]));
  assert.equal(end.code, 'input_too_large');
});
