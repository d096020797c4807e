import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planRepositoryChecks, planSetup } from '../../src/domain/check/plan-commands.js';
import type { RepositoryFile } from '../../src/domain/check/repository-file.js';
import { repositoryIssues } from '../../src/domain/check/repository-rules.js';

const pointers = (file: RepositoryFile, keys: string[] = []): string[] =>
  repositoryIssues(file, keys).map(({ pointer }) => pointer);

test('the file of the documentation has no issue, and neither has an empty one', () => {
  assert.deepEqual(
    pointers({
      setup: [
        { run: 'npm ci', network: ['registry.npmjs.org'], timeout: '10m' },
        { run: ['true'], network: 'host' },
      ],
      checks: [
        { name: 'test', run: 'npm test', timeout: '10m' },
        { name: 'types', run: ['npx', 'tsc', '--noEmit'] },
      ],
      protect: ['.github/**', 'package.json', 'jest.config.*', '.phasegate.yaml'],
      env: ['CI', 'NPM_TOKEN'],
    }),
    [],
  );
  assert.deepEqual(pointers({}), []);
});

test('a check has a name of its own, also for those who fold case, and all is not a name', () => {
  const check = (name: string) => ({ name, run: 'true' });
  assert.deepEqual(pointers({ checks: [check('test'), check('types'), check('Test')] }), ['/checks/2/name']);
  assert.deepEqual(pointers({ checks: [check('all')] }), ['/checks/0/name']);
});

test('a command without a program is refused, in the set-up and in the checks', () => {
  for (const run of ['', ' \n\t', [''], [' ', 'x'], 'a\0b', ['a', 'b\0']]) {
    assert.deepEqual(pointers({ setup: [{ run }] }), ['/setup/0/run'], JSON.stringify(run));
    assert.deepEqual(pointers({ checks: [{ name: 'a', run }] }), ['/checks/0/run'], JSON.stringify(run));
  }
  assert.deepEqual(pointers({ checks: [{ name: 'a', run: ['a', ''] }] }), []);
});

test('time limits lie between a second and a day', () => {
  const issues = (timeout: string) => pointers({ setup: [{ run: 'a', timeout }] });
  for (const timeout of ['999ms', '0s', '25h', '2d', '10']) assert.deepEqual(issues(timeout), ['/setup/0/timeout']);
  for (const timeout of ['1s', '1000ms', '24h', '1d']) assert.deepEqual(issues(timeout), []);
});

test('hosts and patterns are told with their place', () => {
  assert.deepEqual(pointers({ setup: [{ run: 'a', network: ['a.example', 'http://b.example', '10.0.0.1'] }] }), [
    '/setup/0/network/1',
    '/setup/0/network/2',
  ]);
  assert.deepEqual(pointers({ protect: ['a', '', '!b'] }), ['/protect/1', '/protect/2']);
});

test("no command gets the worker's own variables, the keys of backends, or what the sandbox sets", () => {
  const names = ['DATABASE_URL', 'PGPASSWORD', 'PHASEGATE_X', 'TEMPORAL_API_KEY', 'PATH', 'HOME', 'LD_PRELOAD'];
  for (const name of [...names, 'NODE_OPTIONS', 'https_proxy', 'GIT_DIR', 'BASH_ENV', 'MODEL_KEY'])
    assert.deepEqual(pointers({ env: ['CI', name] }, ['MODEL_KEY']), ['/env/1'], name);
  assert.deepEqual(pointers({ env: ['NPM_TOKEN', 'PGUP_1', 'HOMEPAGE', 'LDX'] }, ['MODEL_KEY']), []);
});

test('what the file leaves out is filled in when the run is planned', () => {
  assert.deepEqual(planSetup([{ run: 'a' }, { run: ['b'], network: [], timeout: '2m' }]), [
    { run: 'a', network: 'none', timeoutMs: 600_000 },
    { run: ['b'], network: 'none', timeoutMs: 120_000 },
  ]);
  assert.deepEqual(
    planSetup([
      { run: 'a', network: ['A.Example', 'a.example'] },
      { run: 'b', network: 'host' },
    ]),
    [
      { run: 'a', network: ['a.example'], timeoutMs: 600_000 },
      { run: 'b', network: 'host', timeoutMs: 600_000 },
    ],
  );
  assert.deepEqual(planRepositoryChecks([{ name: 'test', run: 'npm test' }]), [
    {
      name: 'test',
      run: 'npm test',
      expect: 'pass',
      timeoutMs: 600_000,
      retries: 0,
      required: false,
      unchanged: null,
    },
  ]);
});
