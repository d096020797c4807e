import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { entryOf, STAMP, stateOfSources } from '../../scripts/entry-of.mjs';
import { temporaryFolder } from '../support/git-repository.js';

test('a worker is run as it was built only while that is what the sources say', (t) => {
  const root = temporaryFolder(t);
  const write = (file: string, text: string): void => {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  for (const file of ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'src/worker.ts', 'src/deep/er.ts']) write(file, file);
  const fromSources = ['--import', 'tsx', 'src/worker.ts'];
  const build = (): void => {
    write('dist/worker.js', 'built');
    write(`dist/${STAMP}`, stateOfSources(root));
  };
  assert.deepEqual(entryOf(root, 'worker'), fromSources, 'nothing is built');
  build();
  assert.deepEqual(entryOf(root, 'worker'), ['dist/worker.js']);
  assert.deepEqual(entryOf(root, 'start'), ['--import', 'tsx', 'src/start.ts'], 'what is not in a build');
  for (const change of ['src/deep/er.ts', 'src/deep/new.ts', 'package-lock.json', 'tsconfig.build.json']) {
    write(change, 'changed');
    assert.deepEqual(entryOf(root, 'worker'), fromSources, change);
    build();
    assert.deepEqual(entryOf(root, 'worker'), ['dist/worker.js']);
    write(change, 'changed again');
    assert.deepEqual(entryOf(root, 'worker'), fromSources, change);
  }
});
