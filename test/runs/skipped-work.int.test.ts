import assert from 'node:assert/strict';
import { after, before, type TestContext } from 'node:test';
import type { RepositoryFile } from '../../src/domain/check/repository-file.js';
import type { ToolName } from '../../src/domain/names.js';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { ended, untilStatus, type Ended } from '../support/ended.js';
import { gitRepository, type TestRepository } from '../support/git-repository.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { done, proven, write } from './support/checked-runs.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack({ sandbox: 'bwrap', bwrap: process.env.PHASEGATE_TEST_BWRAP ?? 'bwrap' });
  await stack.template(
    'skips',
    [
      { key: 'code', checks: 'all', repairs: 0, maySkip: true },
      { key: 'docs', attempts: 2 },
    ],
    { onHumanRequired: 'wait' },
  );
});
after(() => stack.stop());

const SETTINGS: RepositoryFile = { checks: [{ name: 'test', run: 'sh test.sh' }], protect: ['test.sh'] };
const TOOLS: ToolName[] = ['write_file'];

async function skipped(
  t: TestContext,
  work: Behaviour[],
): Promise<{ end: Ended; repo: TestRepository; branch: string }> {
  const repo = gitRepository(t, { files: { 'src/a.txt': 'right\n', 'test.sh': 'grep -q right src/a.txt\n' } });
  repo.commit({ '.phasegate.yaml': JSON.stringify(SETTINGS) });
  const handle = await stack.start('skips', work, { repoPath: repo.path }, { repoAccess: 'write', tools: TOOLS });
  await untilStatus(stack, handle, ({ state }) => state === 'paused');
  await handle.signal('skip', { by: 'ann' });
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED', end.message);
  return { end, repo, branch: end.report.repository?.branch ?? '' };
}

proven('red work of a phase that is skipped is not committed by the next phase, and is kept', async (t) => {
  const { repo, branch } = await skipped(t, [
    // what only its own .gitignore hides must not show later
    { tools: [write('src/a.txt', 'wrong\n'), write('hidden.txt', 'x\n'), write('.gitignore', 'hidden.txt\n')] },
    done(),
    { tools: [write('docs.md', 'x\n')] },
    // another attempt of Temporal: what this phase wrote before it stays
    { status: 500 },
    done(),
  ]);
  assert.equal(repo.git('diff', '--name-only', `HEAD..${branch}`), 'docs.md');
  const refs = repo.git('for-each-ref', '--format=%(refname)', 'refs/phasegate').split('\n');
  const kept = refs.filter((ref) => /\/kept\/code-\d/.test(ref));
  const files = kept.map((ref) => repo.git('diff', '--name-only', `HEAD..${ref}`).split('\n'));
  assert.deepEqual(files.flat().sort(), ['.gitignore', 'hidden.txt', 'src/a.txt']);
});

proven('the phase after a skipped one is not refused for a protected file that it never touched', async (t) => {
  const { end, repo, branch } = await skipped(t, [
    { tools: [write('test.sh', 'exit 0\n')] },
    done(),
    { tools: [write('docs.md', 'x\n')] },
    done(),
  ]);
  assert.equal(repo.git('diff', '--name-only', `HEAD..${branch}`), 'docs.md');
  assert.deepEqual(
    end.events.filter(({ type }) => type === 'phase_completed').map(({ phaseKey }) => phaseKey),
    ['docs'],
  );
});
