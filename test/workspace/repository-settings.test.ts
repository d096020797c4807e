import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { settingNames } from '../../src/workspace/git/git.js';
import { gitRepository, temporaryFolder } from '../support/git-repository.js';

const FILTER = '[filter "evil"]\n\tclean = touch /tmp/evil\n';

test('S07 what a repository sets is asked once, and again when its settings file is another', async (t) => {
  const repo = gitRepository(t);
  const gitDir = join(repo.path, '.git');
  const names = () => settingNames(repo.path, { gitDir });
  assert.notEqual(await names(), await names(), 'a file that was just written may be written again unseen');
  await sleep(2_100);
  const first = await names();
  assert.equal(await names(), first);
  const worktree = join(gitDir, 'worktrees/x');
  mkdirSync(worktree, { recursive: true });
  writeFileSync(join(worktree, 'commondir'), '../..\n');
  assert.equal(
    await settingNames(repo.path, { gitDir: worktree }),
    first,
    'a worktree has the settings of its repository',
  );
  appendFileSync(join(gitDir, 'config'), FILTER);
  assert.ok((await names()).includes('filter.evil.clean'));
});

test('S07 settings that come from other files, too, are asked each time', async (t) => {
  const repo = gitRepository(t);
  const gitDir = join(repo.path, '.git');
  const more = join(temporaryFolder(t), 'more');
  writeFileSync(more, '[user]\n\tname = x\n');
  appendFileSync(join(gitDir, 'config'), `[include]\n\tpath = ${more}\n`);
  await sleep(2_100);
  const names = () => settingNames(repo.path, { gitDir });
  assert.ok(!(await names()).includes('filter.evil.clean'));
  writeFileSync(`${more}.new`, FILTER);
  renameSync(`${more}.new`, more);
  assert.ok((await names()).includes('filter.evil.clean'));
});
