import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { tempFolder } from './support/temp-folder.js';

const run = promisify(execFile);

test('a fresh clone is installed once, also by several processes at once; afterwards nothing is said or done', async (t) => {
  const { root, start, installs } = clone(t);
  const outputs = await Promise.all([start(), start(), start()]);
  assert.equal(installs(), 1);
  assert.equal(outputs.filter(({ stderr }) => stderr !== '').length, 1);
  assert.ok(
    outputs.every(({ stdout }) => stdout === ''),
    'it is not part of what a command says',
  );
  assert.equal((await start()).stderr, '');

  writeFileSync(
    join(root, 'package-lock.json'),
    JSON.stringify({ packages: { '': {}, 'node_modules/a': { version: '2.0.0' } } }),
  );
  await start();
  assert.equal(installs(), 2);
});

test('packages that somebody installed by hand are taken as they are; only a wrong or missing one is a reason to install', async (t) => {
  const { root, start, installs } = clone(t);
  const record = join(root, 'node_modules', '.package-lock.json');
  mkdirSync(join(root, 'node_modules'));
  writeFileSync(record, JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }));
  await start();
  assert.equal(installs(), 0);
  rmSync(join(root, 'node_modules', '.phasegate-installed'));
  writeFileSync(record, JSON.stringify({ packages: { 'node_modules/a': { version: '0.9.0' } } }));
  await start();
  assert.equal(installs(), 1);
});

test('a failed install is a sentence and a code, and is tried again the next time', async (t) => {
  const { root, start, installs } = clone(t);
  writeFileSync(join(root, 'fail'), '');
  await assert.rejects(start(), { code: 1, stderr: /npm ci failed.*registry/ });
  rmSync(join(root, 'fail'));
  await start();
  assert.equal(installs(), 2);
});

test('an old Node is refused with the version that is needed', () => {
  const script = `import { requireNode } from './scripts/ensure-installed.mjs';
    for (const good of ['20.19.0', '20.20.2', '22.1.0']) requireNode(good);
    for (const old of ['18.20.0', '20.18.3']) { try { requireNode(old); process.exit(1); } catch (error) { console.log(error.message); } }`;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: PACKAGE_ROOT,
    encoding: 'utf8',
  });
  assert.equal(status, 0);
  assert.match(stdout, /needs Node 20\.19 or later; this is Node 18\.20\.0[^]*20\.18\.3/);
});

/** A clone with the script alone and an npm that only counts its calls. */
function clone(t: TestContext) {
  const root = tempFolder(t);
  for (const name of ['ensure-installed.mjs', 'with-lock.mjs'])
    cpSync(join(PACKAGE_ROOT, 'scripts', name), join(root, 'scripts', name));
  const packages = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/other-machine': { version: '1.0.0', optional: true },
  };
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }));
  writeFileSync(
    join(root, 'npm.js'),
    `const fs = require('node:fs');
     fs.appendFileSync('calls', process.argv[2] + '\\n');
     if (fs.existsSync('fail')) process.exit(1);
     Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
     fs.mkdirSync('node_modules', { recursive: true });`,
  );
  const env = { ...process.env, npm_execpath: join(root, 'npm.js') };
  const start = () => run(process.execPath, [join(root, 'scripts', 'ensure-installed.mjs')], { env });
  const installs = (): number => {
    try {
      return readFileSync(join(root, 'calls'), 'utf8').split('ci\n').length - 1;
    } catch {
      return 0;
    }
  };
  return { root, start, installs };
}
