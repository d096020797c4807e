import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { entryOf, STAMP, stateOfSources } from '../../scripts/entry-of.mjs';
import { temporaryFolder } from '../support/git-repository.js';

const CACHE = 'node_modules/.cache/phasegate';
const SOURCES = {
  'package-lock.json': '{}',
  'tsconfig.json': '{}',
  'tsconfig.build.json': '{}',
  'scripts/compile.mjs': '',
  'package.json': '{"type":"module"}',
};
const WORKER = `import { deep } from './deep/er.js';\nconst text: string = deep;\nconsole.log(text, import.meta.url, import.meta.dirname);\n`;
const DEEPER = `export const deep: string = 'deep';\nexport interface Unused {}\n`;

interface Clone {
  root: string;
  write(file: string, text: string): void;
  entry(name: string): Promise<string>;
}

function clone(t: TestContext): Clone {
  const root = temporaryFolder(t);
  const write = (file: string, text: string): void => {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  for (const [file, text] of Object.entries({ ...SOURCES, 'src/worker.ts': WORKER, 'src/deep/er.ts': DEEPER }))
    write(file, text);
  return { root, write, entry: (name) => entryOf(root, name) };
}

const compiled = (entry: string): RegExpExecArray | null =>
  /\/node_modules\/\.cache\/phasegate\/js-\w{16}\/src\/(\w+)\.js$/.exec(entry);

test('a worker is run as it was built only while that is what the sources say', async (t) => {
  const { root, write, entry } = clone(t);
  const build = (): void => {
    write('dist/worker.js', 'built');
    write(`dist/${STAMP}`, stateOfSources(root));
  };
  assert.ok(compiled(await entry('worker')), 'nothing is built');
  build();
  assert.equal(await entry('worker'), join(root, 'dist/worker.js'));
  assert.equal(compiled(await entry('start'))?.[1], 'start', 'what is not in a build');
  for (const change of ['src/deep/er.ts', 'src/deep/new.ts', 'package-lock.json', 'tsconfig.build.json']) {
    write(change, '// changed');
    assert.ok(compiled(await entry('worker')), change);
    build();
    assert.equal(await entry('worker'), join(root, 'dist/worker.js'));
    write(change, '// changed again');
    assert.ok(compiled(await entry('worker')), change);
  }
});

test('what is not built is compiled once for a state of the sources, and believes to be where its source is', async (t) => {
  const { root, write, entry } = clone(t);
  const first = await entry('worker');
  const run = (file: string): string => execFileSync(process.execPath, [file], { encoding: 'utf8' }).trim();
  assert.equal(run(first), `deep file://${root}/src/worker.ts ${root}/src`);
  assert.equal(await entry('worker'), first);
  write('src/deep/er.ts', DEEPER.replace("'deep'", "'deeper'"));
  const second = await entry('worker');
  assert.notEqual(second, first);
  assert.match(run(second), /^deeper /);
  assert.match(run(first), /^deep /, 'one that runs still has its code');
  for (const name of readdirSync(join(root, CACHE))) utimesSync(join(root, CACHE, name), 0, 0);
  write('src/deep/er.ts', DEEPER.replace("'deep'", "'deepest'"));
  const third = await entry('worker');
  assert.deepEqual(readdirSync(join(root, CACHE)), [basename(join(third, '../..'))], 'code of another day goes');
});

test('a clone that was moved, and one that shares its packages, have code of their own', async (t) => {
  const { root, entry } = clone(t);
  const other = clone(t);
  const first = await entry('worker');
  symlinkSync(join(root, 'node_modules'), join(other.root, 'node_modules'));
  const second = await other.entry('worker');
  assert.match(
    execFileSync(process.execPath, [second], { encoding: 'utf8' }),
    new RegExp(`file://${other.root}/src/worker.ts`),
  );
  assert.equal(await entry('worker'), first);
  const moved = `${root}-moved`;
  renameSync(root, moved);
  t.after(() => rmSync(moved, { recursive: true }));
  assert.match(
    execFileSync(process.execPath, [await entryOf(moved, 'worker')], { encoding: 'utf8' }),
    new RegExp(`file://${moved}/src/worker.ts`),
  );
});

test('several commands at once on changed sources all get the same code, whole', async (t) => {
  const { root } = clone(t);
  const script = `import { entryOf } from '${new URL('../../scripts/entry-of.mjs', import.meta.url).href}'; console.log(await entryOf('${root}', 'worker'));`;
  const entries = await Promise.all(Array.from({ length: 4 }, () => outputOf(['--input-type=module', '-e', script])));
  assert.equal(new Set(entries).size, 1);
  for (const entry of entries) assert.ok(existsSync(entry));
  assert.equal(readdirSync(join(root, CACHE)).length, 1, 'nothing half done is left');
});

test('a fault in a source is told with its place, and leaves nothing', async (t) => {
  const { root, write, entry } = clone(t);
  write('src/deep/er.ts', 'export const = 1;');
  await assert.rejects(entry('worker'), /src\/deep\/er\.ts:1:13: ERROR/);
  assert.deepEqual(readdirSync(join(root, CACHE)), []);
});

test(
  'packages that cannot be written to are no hindrance',
  { skip: !existsSync('/sys/kernel') && 'needs a folder in which nobody may make another' },
  async (t) => {
    const { root, entry } = clone(t);
    mkdirSync(join(root, 'node_modules'));
    symlinkSync('/sys/kernel', join(root, 'node_modules/.cache'));
    assert.equal(await entry('worker'), join(root, 'src/worker.ts'));
  },
);

function outputOf(args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (data) => (output += String(data)));
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(output.trim()) : reject(new Error(`exit code ${code}`))));
  });
}
