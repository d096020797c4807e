import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { readStartOptions, runInputOf } from '../../src/local/start-options.js';
import { tempFolder } from './support/temp-folder.js';

const demo = { repoPath: '/tmp/demo', requirements: 'demo words' };

test('S01 without arguments the template feature runs on the demo repository', () => {
  const options = readStartOptions([], '/home/ann');
  assert.ok(options);
  assert.deepEqual(runInputOf(options, demo), { template: 'feature', ...demo });
});

test('S01 arguments become the input of the run; paths begin where the person is', (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, 'wish.md'), 'Füge es hinzu\n');
  const options = readStartOptions(
    ['--repo', '../my repo', '--requirements', 'wish.md', '--template=bugfix', '--base', 'develop'],
    folder,
  );
  assert.ok(options);
  assert.deepEqual(runInputOf(options, demo), {
    template: 'bugfix',
    repoPath: join(folder, '../my repo'),
    requirements: 'Füge es hinzu\n',
    baseBranch: 'develop',
  });
});

for (const [args, message] of [
  [['--repo', '/x'], /--repo needs --requirements/],
  [['--base', 'main'], /--base needs --repo/],
  [['--repo', '/x', '--requirements', '/no/such/file'], /\/no\/such\/file cannot be read \(ENOENT\)/],
  [['--requirements', '/'], /cannot be read \(EISDIR\)/],
  [['--reop', '/x'], /'--reop'/],
  [['feature'], /'feature'/],
  [['--repo'], /--repo/],
] as const) {
  test(`npm start -- ${args.join(' ')} is a clear error with the usage`, () => {
    assert.throws(
      () => readStartOptions([...args], '/'),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'usage_invalid');
        assert.match(error.message, message);
        assert.match(error.message, /--template NAME/);
        return true;
      },
    );
  });
}

test('every gate is approved without asking only where a person says so', () => {
  assert.equal(readStartOptions([], '/')?.approveAll, false);
  assert.equal(readStartOptions(['--approve-all'], '/')?.approveAll, true);
});

test('--help shows help and does nothing else', () => {
  assert.equal(readStartOptions(['--help'], '/'), null);
});
