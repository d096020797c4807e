import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Template, TemplateGate, TemplatePhase } from '../../src/domain/template/template.js';
import { artifactPathProblem, templateIssues } from '../../src/domain/template/template-rules.js';
import { anyText } from '../support/any-text.js';

const phase = (more: Partial<TemplatePhase> = {}): TemplatePhase => ({
  key: 'a',
  role: 'r',
  instructions: 'x',
  artifact: { path: 'artifacts/a.json', schema: 's' },
  ...more,
});
const issues = (phases: TemplatePhase[], more: Partial<Template> = {}): string[] =>
  templateIssues({ name: 't', version: '1', phases, ...more }).map(({ pointer }) => pointer);

test('S03: a good template has no issue; one without phases has', () => {
  assert.deepEqual(
    issues([
      phase({ gates: ['x', 'y'], timeout: '20m', attempts: 3, patience: '0s' }),
      phase({ key: 'b', artifact: undefined }),
    ]),
    [],
  );
  assert.deepEqual(issues([]), ['/phases']);
});

test('S03: phase keys and artifact paths are unique, also to a file system that folds case', () => {
  assert.deepEqual(issues([phase(), phase({ artifact: { path: 'artifacts/A.json', schema: 's' } })]), [
    '/phases/1/key',
    '/phases/1/artifact/path',
  ]);
  const composed = [
    phase({ artifact: { path: 'artifacts/\u00e9.json', schema: 's' } }),
    phase({ key: 'b', artifact: { path: 'artifacts/e\u0301.json', schema: 's' } }),
  ];
  assert.deepEqual(issues(composed), ['/phases/1/artifact/path']);
});

test('S03: a key has only the characters that are allowed', () => {
  for (const key of ['', 'A', '1a', 'a_b', 'a/b', '-a', 'é', `a${'b'.repeat(63)}`])
    assert.deepEqual(issues([phase({ key })]), ['/phases/0/key'], key);
});

test('S15: a gate stands once in a phase, and only where there is an artifact to approve', () => {
  assert.deepEqual(issues([phase({ gates: ['x', 'y', 'x'] })]), ['/phases/0/gates/2']);
  assert.deepEqual(issues([phase({ artifact: undefined, gates: ['x'] })]), ['/phases/0/gates']);
});

test('S15: approvers are different people, however they are written, and each name can be seen', () => {
  const gated = (more: Partial<TemplateGate>) => issues([phase({ gates: [{ name: 'x', ...more }] })]);
  assert.deepEqual(gated({ approvers: ['ann', 'bob'], required: 2 }), []);
  assert.deepEqual(gated({ approvers: ['Ann', 'ann\u200b'], required: 2 }), [
    '/phases/0/gates/0/required',
    '/phases/0/gates/0/approvers/1',
  ]);
  assert.deepEqual(gated({ approvers: ['ann', '\u200b'] }), ['/phases/0/gates/0/approvers/1']);
  const escalated = { approvers: ['ann'], timeout: '1h', onTimeout: 'escalate' as const };
  assert.deepEqual(gated({ ...escalated, escalateTo: ['eve', 'EVE'] }), ['/phases/0/gates/0/escalateTo/1']);
});

test('S10 S12: time, patience, attempts and calls have bounds', () => {
  for (const timeout of ['0s', '99ms', '25h', '5', 'soon', '-1s', '1.5h', ''])
    assert.deepEqual(issues([phase({ timeout })]), ['/phases/0/timeout'], timeout);
  assert.deepEqual(issues([phase({ patience: '31d' })]), ['/phases/0/patience']);
  for (const attempts of [0, 21, 1.5, NaN]) assert.deepEqual(issues([phase({ attempts })]), ['/phases/0/attempts']);
  assert.deepEqual(issues([phase({ maxModelCalls: 1001 })]), ['/phases/0/maxModelCalls']);
});

test('S05: a persona for a role that no phase has is refused', () => {
  const [issue] = templateIssues({
    name: 't',
    version: '1',
    phases: [phase({ role: 'reviewer' })],
    roles: { reviwer: 'p' },
  });
  assert.equal(issue?.pointer, '/roles/reviwer');
  assert.match(issue?.message ?? '', /did you mean "reviewer"\?/);
});

test('S07: paths that leave the folder, are hidden, or are not JSON files are refused', () => {
  const bad = [
    '../x.json',
    '/etc/x.json',
    'artifacts/../../x.json',
    'artifacts/..',
    'artifacts',
    'artifacts/',
    'artifacts//x.json',
    'artifacts/.x.json',
    'artifacts/.git/x.json',
    'artifacts\\x.json',
    'artifacts/x\0.json',
    'artifacts/x.txt',
    'artifacts/.json',
    'repo/x.json',
    'Artifacts/x.json',
    './artifacts/x.json',
    'artifacts/./x.json',
    ' artifacts/x.json',
    'artifacts/x.json ',
    `artifacts/${'x'.repeat(300)}.json`,
    '',
  ];
  for (const candidate of bad) assert.ok(artifactPathProblem(candidate), candidate);
  for (const candidate of ['artifacts/a.json', 'artifacts/sub/a..b.json', 'artifacts/Überblick 1.json'])
    assert.equal(artifactPathProblem(candidate), undefined, candidate);
});

test('S07: whatever path is let pass, it lies below artifacts/', () => {
  const segment = fc.oneof(
    fc.constantFrom('..', '.', '', 'artifacts', 'a.json', '~', '%2e%2e', '…'),
    anyText({ maxLength: 8 }),
  );
  const paths = fc.array(segment, { maxLength: 5 }).map((parts) => ['artifacts', ...parts].join('/') + '.json');
  fc.assert(
    fc.property(paths, (candidate) => {
      if (artifactPathProblem(candidate) !== undefined) return;
      assert.ok(path.posix.resolve('/run', candidate).startsWith('/run/artifacts/'));
      assert.equal(path.posix.normalize(candidate), candidate);
    }),
    { numRuns: 2_000 },
  );
});
