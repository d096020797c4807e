import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { planRepositoryChecks } from '../../src/domain/check/plan-commands.js';
import { PhasegateError } from '../../src/domain/failures.js';
import { planChecks } from '../../src/domain/template/plan-checks.js';
import { checkIssues } from '../../src/domain/template/template-checks.js';
import type { TemplateCheck, TemplatePhase } from '../../src/domain/template/template.js';

const phase = (key: string, more: Partial<TemplatePhase> = {}): TemplatePhase => ({
  key,
  role: 'r',
  instructions: 'x',
  artifact: { path: `artifacts/${key}.json`, schema: 's' },
  ...more,
});
const issues = (checks: TemplatePhase['checks'], more: Partial<TemplatePhase> = {}): string[] =>
  checkIssues([phase('first'), phase('plain', { artifact: undefined }), phase('last', { checks, ...more })]).map(
    ({ pointer }) => pointer.replace('/phases/2/checks', ''),
  );

test('good checks have no issue', () => {
  const own: TemplateCheck = { name: 'again', fromArtifact: '/check', of: 'first', unchanged: '/files' };
  for (const checks of [undefined, 'all' as const, [], ['all'], ['test', own, { name: 'lint', run: 'x' }]])
    assert.deepEqual(issues(checks), []);
});

test('checks need an artifact, after which they run', () => {
  assert.deepEqual(issues('all', { artifact: undefined }), ['']);
  assert.deepEqual(issues([], { artifact: undefined }), []);
});

test('a check of the template has one command, and says where it comes from', () => {
  const own = (more: Partial<TemplateCheck>) => issues([{ name: 'own', ...more }]);
  assert.deepEqual(own({}), ['/0']);
  assert.deepEqual(own({ run: 'a', fromArtifact: '/a' }), ['/0']);
  assert.deepEqual(own({ run: ' ' }), ['/0/run']);
  assert.deepEqual(own({ run: 'a', of: 'first', unchanged: '/files' }), ['/0/of', '/0/unchanged']);
  assert.deepEqual(own({ fromArtifact: '/a', of: 'last' }), []);
  assert.deepEqual(own({ fromArtifact: '/a', of: 'plain' }), ['/0/of']);
  assert.deepEqual(own({ fromArtifact: '/a', of: 'later' }), ['/0/of']);
  assert.deepEqual(own({ fromArtifact: '/a', unchanged: '/files' }), []);
  assert.deepEqual(own({ run: 'a', timeout: '2d' }), ['/0/timeout']);
  assert.deepEqual(issues([{ name: 'all', run: 'a' }]), ['/0/name']);
});

test('a phase that comes later can not be the one whose artifact has the command', () => {
  const checks: TemplateCheck[] = [{ name: 'own', fromArtifact: '/a', of: 'b' }];
  const [issue] = checkIssues([phase('a', { checks }), phase('b')]);
  assert.equal(issue?.pointer, '/phases/0/checks/0/of');
  assert.match(issue.message, /no phase "b" up to this one/);
});

test('a name stands once in the checks of a phase', () => {
  assert.deepEqual(issues(['test', 'test', { name: 'Test', run: 'a' }]), ['/1', '/2/name']);
});

const repository = planRepositoryChecks([
  { name: 'test', run: 'npm test' },
  { name: 'types', run: 'tsc' },
]);
const names = (checks: TemplatePhase['checks'], available: typeof repository | null = repository): string[] =>
  planChecks({ key: 'p', checks }, available).map(({ name }) => name);

test('all and names are taken from the repository, each once and in order', () => {
  assert.deepEqual(names(undefined), []);
  assert.deepEqual(names('all'), ['test', 'types']);
  assert.deepEqual(names(['types', 'all']), ['types', 'test']);
  assert.deepEqual(names(['types', { name: 'own', run: 'x' }]), ['types', 'own']);
  assert.deepEqual(names('all', []), []);
});

test('a repository that says nothing has no checks, and those of the template stay', () => {
  assert.deepEqual(names('all', null), []);
  assert.deepEqual(names(['test', { name: 'own', run: 'x' }, { name: 'its', fromArtifact: '/check' }], null), [
    'own',
    'its',
  ]);
});

test('a name that the repository does not have is told, with the nearest and all there are', () => {
  assert.throws(
    () => names(['tests']),
    (error) => {
      assert.ok(error instanceof PhasegateError);
      assert.equal(error.code, 'check_not_found');
      assert.match(error.message, /phase p .*"tests".*did you mean test\? Its checks are: test, types$/);
      return true;
    },
  );
  assert.throws(() => names(['x'], []), /Its checks are: none/);
});

test('a check of the template must not hide one of the repository', () => {
  for (const checks of [
    ['all', { name: 'Types', run: 'true' }],
    [{ name: 'types', run: 'true' }, 'all'],
  ])
    assert.throws(() => names(checks), /template_invalid|of its own, and the repository has one/);
});

test('a check of the template is planned with its defaults', () => {
  assert.deepEqual(planChecks({ key: 'p', checks: [{ name: 'a', fromArtifact: '/x' }] }, null), [
    {
      name: 'a',
      run: { artifactOf: 'p', pointer: '/x' },
      expect: 'pass',
      timeoutMs: 600_000,
      retries: 0,
      required: false,
      unchanged: null,
    },
  ]);
  const own: TemplateCheck = {
    name: 'a',
    fromArtifact: '/x',
    of: 'q',
    expect: 'fail',
    timeout: '1m',
    retries: 2,
    required: true,
    unchanged: '/files',
  };
  assert.deepEqual(planChecks({ key: 'p', checks: [own] }, null), [
    {
      name: 'a',
      run: { artifactOf: 'q', pointer: '/x' },
      expect: 'fail',
      timeoutMs: 60_000,
      retries: 2,
      required: true,
      unchanged: '/files',
    },
  ]);
});

test('whatever the lists, a planned phase has each name once, and every check that was asked for', () => {
  const word = fc.constantFrom('a', 'b', 'c', 'd');
  fc.assert(
    fc.property(
      fc.uniqueArray(word),
      fc.uniqueArray(fc.oneof(fc.constant('all'), word), { maxLength: 4 }),
      (have, want) => {
        const available = planRepositoryChecks(have.map((name) => ({ name, run: 'true' })));
        if (want.some((name) => name !== 'all' && !have.includes(name))) {
          assert.throws(() => names(want, available), PhasegateError);
          return;
        }
        const planned = names(want, available);
        assert.deepEqual([...new Set(planned)], planned);
        assert.deepEqual(new Set(planned), new Set(want.includes('all') ? have : want));
      },
    ),
  );
});
