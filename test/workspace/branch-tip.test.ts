import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { tipOf } from '../../src/workspace/git/branch-tip.js';
import { gitRepository, type TestRepository } from '../support/git-repository.js';

const NAMES = ['a', 'a-b', 'dir/a', 'dir/b', 'dir/deep/a', 'phasegate/x'];
const action = fc.oneof(
  fc.record({
    kind: fc.constantFrom('make' as const, 'delete' as const, 'link' as const),
    name: fc.constantFrom(...NAMES),
  }),
  fc.record({ kind: fc.constant('pack' as const), name: fc.constant('') }),
);

test('S07 a branch is found wherever git keeps it', (t) => {
  const repository = gitRepository(t);
  const commits = [repository.git('rev-parse', 'HEAD'), repository.commit({ b: '2' })];
  return fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 8 }), async (actions) => {
      for (const [n, { kind, name }] of actions.entries()) act(repository, kind, name, commits[n % 2] ?? '');
      for (const name of [...NAMES, 'dir', 'dir/deep', 'never']) {
        const expected = commitOf(repository, `refs/heads/${name}`);
        assert.equal(await tipOf(join(repository.path, '.git'), name), expected, name);
      }
    }),
    { numRuns: 25 },
  );
});

/** As a person would; what git refuses (a name where there is a folder of names) is left. */
function act({ git }: TestRepository, kind: 'make' | 'delete' | 'link' | 'pack', name: string, commit: string): void {
  try {
    if (kind === 'make') git('branch', '--force', name, commit);
    else if (kind === 'delete') git('branch', '-D', name);
    else if (kind === 'link') git('symbolic-ref', `refs/heads/${name}`, 'refs/heads/main');
    else git('pack-refs', '--all');
  } catch {
    // refused
  }
}

function commitOf({ git }: TestRepository, ref: string): string | null {
  try {
    return git('rev-parse', '--verify', '--quiet', `${ref}^{commit}`);
  } catch {
    return null;
  }
}
