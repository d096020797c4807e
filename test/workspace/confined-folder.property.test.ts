import assert from 'node:assert/strict';
import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { PathRefused } from '../../src/workspace/confined/confined-folder.js';
import { prison, SECRET } from './support/prison.js';
import { anyText } from '../support/any-text.js';

const NAMES = [
  'repo',
  'artifacts',
  'src',
  'README.md',
  'a.txt',
  'link-folder',
  'link-file',
  'link-up',
  'link-dangling',
  'link-inside',
  'loop',
  'slash',
  'hard-link',
  'fifo',
  'socket',
  'empty',
  'secret.txt',
  'outside',
  'run',
  'run-sibling',
  '.git',
  '.GIT',
  '.tmp',
  '.attempts',
  'report.json',
  '..',
  '.',
  '',
  '~',
  '%2e%2e',
  '..;',
  '. .',
  '\\',
  'x'.repeat(300),
  'é',
  'e\u0301',
  '\u202e',
  '\0',
  'new',
];

test('whatever path an agent thinks of, nothing outside is read, listed, changed, moved or removed', async (t) => {
  const { root, folder, outside } = await prison(t);
  const before = outside();
  const name = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...NAMES) },
    { weight: 1, arbitrary: anyText({ maxLength: 8 }) },
  );
  const path = fc
    .tuple(
      fc.constantFrom(
        '',
        '',
        '',
        '/',
        './',
        '../',
        'repo/',
        'repo/',
        'artifacts/',
        'repo/link-folder/',
        `${root}/`,
        `${root}/repo/`,
        '//',
        'file://',
      ),
      fc.array(name, { maxLength: 6 }),
      fc.constantFrom('/', '//', '\\', '/./', '/../'),
    )
    .map(([start, names, separator]) => start + names.join(separator));
  const orRefused = <T>(promise: Promise<T>): Promise<T | null> =>
    promise.catch((error: unknown) => (error instanceof PathRefused ? null : Promise.reject(error)));
  await fc.assert(
    fc.asyncProperty(path, async (target) => {
      const read = await orRefused(folder.read(target));
      assert.ok(!read?.bytes.includes(SECRET), `read ${JSON.stringify(target)}`);
      const listed = await orRefused(folder.list(target));
      assert.ok(
        !listed?.entries.some((entry) => entry.name === 'known-by-listing-only.txt'),
        `listed ${JSON.stringify(target)}`,
      );
      for await (const file of folder.walk('.', { limit: 50 })) assert.match(file.path, /^(?:repo|artifacts)\//);
      const written = await orRefused(folder.write(target, 'overwritten'));
      if (written) assert.match(written.path, /^(?:repo|artifacts)\//);
      const moved = await orRefused(folder.move(target, written ? 'repo/moved' : target));
      if (moved) assert.match(await folder.remove(moved.to), /^repo\//);
      await orRefused(folder.remove(target));
      assert.deepEqual(outside(), before, `wrote ${JSON.stringify(target)}`);
    }),
    { numRuns: 150 },
  );
});

test('a folder that becomes a link again and again leads no read, write, move or removal outside', async (t) => {
  const { root, folder, outside } = await prison(t);
  const before = outside();
  const [place, away] = [join(root, 'repo/src'), join(root, 'repo/src-away')];
  let exchanging = true;
  // a write may make the folder anew in between
  const insist = (step: () => void): void => {
    for (;;) {
      try {
        return step();
      } catch {
        rmSync(place, { recursive: true, force: true });
      }
    }
  };
  const exchange = (async () => {
    // eslint-disable-next-line no-restricted-syntax -- ended in `finally`
    while (exchanging) {
      renameSync(place, away);
      insist(() => symlinkSync(join(root, '../outside'), place));
      await new Promise((resolve) => setImmediate(resolve));
      rmSync(place, { recursive: true });
      insist(() => renameSync(away, place));
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  try {
    for (let n = 0; n < 150; n++) {
      const read = await folder
        .read('repo/src/secret.txt')
        .catch((error: unknown) => (error instanceof PathRefused ? null : Promise.reject(error)));
      assert.equal(read, null);
      const listed = await folder
        .list('repo/src')
        .catch((error: unknown) => (error instanceof PathRefused ? null : Promise.reject(error)));
      assert.ok(!listed?.entries.some((entry) => entry.name === 'secret.txt'));
      for (const change of [
        () => folder.write('repo/src/new.txt', 'x'),
        () => folder.write('artifacts/moved.txt', 'x'),
        () => folder.move('artifacts/moved.txt', `repo/src/moved-${n}.txt`),
        () => folder.move('repo/src/secret.txt', `artifacts/taken-${n}.txt`),
        () => folder.remove('repo/src/secret.txt'),
      ])
        await change().catch((error: unknown) => assert.ok(error instanceof PathRefused, String(error)));
    }
  } finally {
    exchanging = false;
    await exchange;
  }
  assert.deepEqual(outside(), before);
});
