import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { branchName, branchNameWithRun } from '../../src/workspace/git/branch-name.js';
import { anyText } from '../support/any-text.js';

test('S07 a branch has the name of its workflow, as far as git allows it', () => {
  const names: Record<string, string> = {
    'feature-42': 'phasegate/feature-42',
    'team/feature 42': 'phasegate/team-feature-42',
    'größer_日本語.v2': 'phasegate/größer_日本語.v2',
    'a..b~c^d:e?f*g[h\\i@{j': 'phasegate/a.b-c-d-e-f-g-h-i-j',
    '-rf.lock': 'phasegate/rf',
    'x.lock.lock.': 'phasegate/x',
    'nul\0and\nline': 'phasegate/nul-and-line',
    '\ud800lone': 'phasegate/lone',
  };
  for (const [id, name] of Object.entries(names)) assert.equal(branchName(id), name);
  for (const id of ['', '...', '///', '.lock']) assert.match(branchName(id), /^phasegate\/(?:run-[0-9a-f]{8}|lock)$/);
  assert.notEqual(branchName(''), branchName('///'));
});

test('S07 git accepts the branch of every workflow id, with and without the run id', () => {
  const id = fc.oneof(
    anyText({ maxLength: 400 }),
    fc.string({ unit: 'grapheme', maxLength: 100 }),
    fc
      .array(
        fc.constantFrom(
          '.',
          '..',
          '.lock',
          '.LOCK',
          '/',
          '-',
          '~',
          '@{',
          '@',
          '\\',
          ' ',
          'a',
          'é',
          '\u0301',
          '😀',
          '日',
        ),
        { maxLength: 120 },
      )
      .map((parts) => parts.join('')),
  );
  const names = fc.sample(id, 300).flatMap((workflowId) => {
    assert.equal(branchName(workflowId), branchName(workflowId));
    return [branchName(workflowId), branchNameWithRun(workflowId, randomUUID())];
  });
  for (const name of names) {
    assert.equal(name.split('/').length, 2, name);
    assert.ok(Buffer.byteLength(`${name}.lock`) < 250, name);
  }
  // a process for each: not for all 600 of them
  for (const name of new Set(names.slice(-100)))
    execFileSync('git', ['check-ref-format', '--branch', name], { stdio: 'pipe' });
});
