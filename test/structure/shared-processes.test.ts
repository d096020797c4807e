import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../support/git-repository.js';
import { dealOut, writeShares } from '../support/shared-processes.js';

const files = [1, 30, 2, 2, 20, 9, 1].map((seconds, n) => ({ script: `/test/${n}.test.js`, seconds }));

test('each file is in one share, and no share takes much longer than another', () => {
  const shares = dealOut(files, 'some', 3);
  assert.deepEqual(shares.flatMap((share) => share.files).sort(byScript), files);
  assert.deepEqual(
    shares.map((share) => share.files.reduce((sum, { seconds }) => sum + seconds, 0)).sort(),
    [15, 20, 30],
  );
  assert.equal(dealOut(files, 'some', 100).length, files.length);
  assert.deepEqual(dealOut([], 'some', 3), []);
});

test('the share that takes longest has the first name, and each module loads its files', (t) => {
  const folder = temporaryFolder(t);
  const shares = [
    { name: 'quick', files: [{ script: join(folder, 'a.test.js'), seconds: 1 }] },
    { name: 'slow', files: ['b', 'c'].map((name) => ({ script: join(folder, `${name}.test.js`), seconds: 5 })) },
  ];
  const modules = writeShares(shares, folder);
  assert.deepEqual(
    modules.map((module) => basename(module)),
    ['001-slow.test.js', '002-quick.test.js'],
  );
  const [slow = '', quick = ''] = modules.map((module) => readFileSync(module, 'utf8'));
  assert.deepEqual(
    ['a', 'b', 'c'].map((name) => [slow, quick].map((text) => text.includes(`/${name}.test.js`))),
    [
      [false, true],
      [true, false],
      [true, false],
    ],
  );
});

function byScript(a: { script: string }, b: { script: string }): number {
  return a.script < b.script ? -1 : 1;
}
