import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureBuilt } from '../../scripts/build.mjs';
import { temporaryFolder } from '../support/git-repository.js';

const FILES = {
  'package-lock.json': '{}',
  'tsconfig.json': '{}',
  'scripts/build.mjs': '',
  'package.json': '{"type":"module"}',
  'src/worker.ts': `import { deep } from './deep/er.js';\nconst text: string = deep;\nconsole.log(text, import.meta.dirname);\n`,
  'src/deep/er.ts': `export const deep: string = 'deep';\nexport interface Unused {}\n`,
  'src/deep/plain.mjs': 'export {};\n',
  'src/domain/rules.ts': '',
  'src/workflows/index.ts': '',
  'src/temporal/payload-converter.ts': '',
  'src/worker/workflow-bundle.ts': `export const makeWorkflowBundle = async (): Promise<string> => \`'made at \${performance.now()}';\`;\n`,
};
const CODE = { bundle: false };
const ALL = { bundle: true };

interface Clone {
  root: string;
  write(file: string, text: string): void;
  /** What a program of the build prints. */
  run(): string;
  /** Changes with every build. */
  built(): number;
  /** What builds leave beside dist/. */
  left(): string[];
}

function clone(t: TestContext): Clone {
  const root = temporaryFolder(t);
  const write = (file: string, text: string): void => {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  for (const [file, text] of Object.entries(FILES)) write(file, text);
  return {
    root,
    write,
    run: () => execFileSync(process.execPath, [join(root, 'dist/worker.js')], { encoding: 'utf8' }).trim(),
    built: () => statSync(join(root, 'dist')).ino,
    left: () => [
      ...readdirSync(root).filter((name) => name.startsWith('dist.')),
      ...readdirSync(join(root, '.phasegate')),
    ],
  };
}

test('dist/ has each source as a program that knows where it is, and is made only once', async (t) => {
  const { root, run, built, left } = clone(t);
  assert.equal(await ensureBuilt(root, CODE), true);
  assert.equal(run(), `deep ${root}/dist`);
  assert.ok(existsSync(join(root, 'dist/deep/plain.mjs')));
  const { sources } = JSON.parse(readFileSync(join(root, 'dist/deep/er.js.map'), 'utf8')) as { sources: string[] };
  assert.deepEqual(sources, ['../../src/deep/er.ts']);
  const first = built();
  assert.equal(await ensureBuilt(root, CODE), true);
  assert.equal(built(), first);
  assert.deepEqual(left(), []);
});

for (const change of ['src/deep/er.ts', 'src/new.ts', 'package-lock.json', 'tsconfig.json', 'scripts/build.mjs']) {
  test(`dist/ is made anew where ${change} is another`, async (t) => {
    const { root, write, built } = clone(t);
    await ensureBuilt(root, CODE);
    const first = built();
    write(change, change.endsWith('.json') ? '{ }' : `export const deep = 'changed';`);
    await ensureBuilt(root, CODE);
    assert.notEqual(built(), first);
  });
}

test('a source that was deleted is removed from dist/, too', async (t) => {
  const { root } = clone(t);
  await ensureBuilt(root, CODE);
  rmSync(join(root, 'src/deep/plain.mjs'));
  await ensureBuilt(root, CODE);
  assert.ok(!existsSync(join(root, 'dist/deep/plain.mjs')));
});

test('the bundle of workflows is made when it is needed, and kept as long as its own sources are the same', async (t) => {
  const { root, write } = clone(t);
  const file = join(root, 'dist/workflow-bundle.js');
  await ensureBuilt(root, CODE);
  assert.ok(!existsSync(file));
  await ensureBuilt(root, ALL);
  const first = readFileSync(file, 'utf8');
  assert.match(first, /^"made at /);
  write('src/worker.ts', FILES['src/worker.ts'].replace('text,', "text, 'anew',"));
  await ensureBuilt(root, CODE);
  assert.equal(readFileSync(file, 'utf8'), first);
  write('src/domain/rules.ts', '// another');
  await ensureBuilt(root, CODE);
  assert.ok(!existsSync(file), 'an old bundle beside new code');
  await ensureBuilt(root, ALL);
  assert.notEqual(readFileSync(file, 'utf8'), first);
});

test('a clone that was moved needs no new build', async (t) => {
  const { root, run, built } = clone(t);
  await ensureBuilt(root, CODE);
  const first = built();
  const moved = `${root}-moved`;
  renameSync(root, moved);
  t.after(() => rmSync(moved, { recursive: true, force: true }));
  await ensureBuilt(moved, CODE);
  assert.equal(statSync(join(moved, 'dist')).ino, first);
  renameSync(moved, root);
  assert.equal(run(), `deep ${root}/dist`);
});

test('of several commands at once on changed sources one builds, and the others wait for it', async (t) => {
  const { root, run, left } = clone(t);
  const ends = await Promise.all(
    Array.from({ length: 4 }, () => once(building(root, 'console.log(statSync(`${root}/dist`).ino)'), 'done')),
  );
  assert.equal(new Set(ends.map(([output]) => String(output))).size, 1);
  assert.match(String(ends[0]?.[0]), /^\d+$/);
  assert.equal(run(), `deep ${root}/dist`);
  assert.deepEqual(left(), []);
});

test('a build that is killed leaves the one of before, and the next one clears up', async (t) => {
  const { root, write, run, left } = clone(t);
  for (let index = 0; index < 150; index++)
    write(`src/many/file-${index}.ts`, `export const lines = [${"'a line', ".repeat(500)}];`);
  await ensureBuilt(root, CODE);
  for (let delay = 60; delay <= 300; delay += 30) {
    write('src/deep/er.ts', `export const deep: string = 'after ${delay}';`);
    const child = building(root, '');
    await sleep(delay);
    child.kill('SIGKILL');
    await once(child, 'done');
    assert.match(run(), /^(deep|after \d+) /, `killed after ${delay} ms`);
    assert.ok(existsSync(join(root, 'dist/many/file-149.js')), `killed after ${delay} ms`);
  }
  await ensureBuilt(root, CODE);
  assert.match(run(), /^after 300 /);
  assert.deepEqual(left(), []);
});

test('a fault in a source is told with its place, and the build of before stays', async (t) => {
  const { root, write, run, left } = clone(t);
  await ensureBuilt(root, CODE);
  write('src/deep/er.ts', 'export const = 1;');
  await assert.rejects(ensureBuilt(root, CODE), /src\/deep\/er\.ts:1:13: ERROR/);
  assert.equal(run(), `deep ${root}/dist`);
  assert.deepEqual(left(), []);
});

test(
  'a clone that cannot be written to is told apart from a fault; a build that is up to date serves it',
  { skip: !existsSync('/sys/kernel') && 'needs a folder in which nobody may make another' },
  async (t) => {
    const { root, write } = clone(t);
    await ensureBuilt(root, CODE);
    rmSync(join(root, '.phasegate'), { recursive: true });
    symlinkSync('/sys/kernel', join(root, '.phasegate'));
    assert.equal(await ensureBuilt(root, CODE), true);
    write('src/deep/er.ts', `export const deep = 'changed';`);
    assert.equal(await ensureBuilt(root, CODE), false);
  },
);

/** A process that builds, and then does something; `done` tells its output. */
function building(root: string, then: string) {
  const script = `import { statSync } from 'node:fs'; import { ensureBuilt } from '${new URL('../../scripts/build.mjs', import.meta.url).href}';
    const root = '${root}'; await ensureBuilt(root, { bundle: false }); ${then}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data) => (output += String(data)));
  child.once('close', () => child.emit('done', output.trim()));
  return child;
}
