import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  changedFileText,
  changeText,
  firstOf,
  isChanges,
  NO_CHANGES,
  type Changes,
} from '../../src/domain/change/changes.js';

const CHANGES: Changes = {
  files: [
    { path: 'a.ts', status: 'modified', added: 3, removed: 1 },
    { path: 'b c.png', status: 'renamed', from: 'old.png', added: null, removed: null },
  ],
  total: { files: 2, added: 3, removed: 1 },
};

test('how much changed is said in one line', () => {
  assert.equal(changeText(CHANGES.total), '+3 −1 in 2 files');
  assert.equal(changeText({ files: 1, added: 0, removed: 0 }), '+0 −0 in 1 file');
  assert.equal(changeText({ files: 7, added: null, removed: null }), '7 files changed');
  assert.equal(changeText(NO_CHANGES.total), 'no file changed');
  assert.equal(changedFileText(CHANGES.files[0]!), 'modified a.ts +3 −1');
  assert.equal(changedFileText(CHANGES.files[1]!), 'renamed "b c.png" (from old.png) not counted: binary or large');
});

test('property: a file is one line, whatever its name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (path, from) => {
      const text = changedFileText({ path, from, status: 'type_changed', added: 1, removed: 1 });
      assert.doesNotMatch(text, /[\u0000-\u001f\u2028\u2029]/);
    }),
  );
});

test('changes are told from anything else that a person may give back', () => {
  assert.ok(isChanges(CHANGES) && isChanges(NO_CHANGES));
  assert.deepEqual(firstOf(CHANGES, 1), { files: [CHANGES.files[0]], total: CHANGES.total });
  fc.assert(fc.property(fc.anything(), (value) => !isChanges(value)));
  for (const bad of [
    { ...CHANGES, files: [7] },
    { ...CHANGES, files: null },
    { files: [] },
    { files: [{}], total: CHANGES.total },
  ])
    assert.ok(!isChanges(bad), JSON.stringify(bad));
});
