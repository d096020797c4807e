import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describedCommit } from '../../src/workspace/git/commit-log.js';

test('a summary acts on no forge from a commit, however its words are parted', () => {
  for (const gap of [' ', '\n', '\t', '  ', '\u00a0', '\u0007']) {
    const message = describedCommit('code', 'w', `[skip${gap}ci] ${'x'.repeat(70)}${gap}/tag v1, closes #1`);
    assert.doesNotMatch(message, /\[skip\sci\]|^\/|#\d/m, JSON.stringify(gap));
  }
});
