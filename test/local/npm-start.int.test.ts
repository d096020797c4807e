import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { SKIP } from '../sandbox/support/sandboxes.js';
import { createGitRepository, newRepositoryAt } from '../support/git-repository.js';
import { copyClone, type CopiedClone } from './support/copied-clone.js';

let clone: CopiedClone;
before(() => {
  clone = copyClone();
});
after(() => clone.remove());

test('npm start: a run of `feature` on a real repository to its report, exit 0, and no process left', async () => {
  const { code, output } = await clone.run(['npm', 'start']);
  assert.equal(code, 0, output);
  assert.match(output, /scripted model server answers.*not real/);
  assert.match(output, /Temporal Web: http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows\/feature-/);
  for (const phase of ['requirements', 'design', 'plan', 'review'])
    assert.match(output, new RegExp(`${phase} +completed after 1 attempt`));
  if (SKIP === false) {
    assert.match(output, /implementation +attempt 2: Checks are red: test \(1 of 1\)/);
    assert.match(output, /implementation +completed after 2 attempts: \S+ · test ✓ [\d.]+ s · /);
  } else assert.match(output, /implementation +completed after 1 attempt: \S+ · nothing was run · /);
  assert.match(output, /gate design-approval is open/);
  assert.match(output, /npm run client -- start/);
  assert.match(output, /^  temporal workflow start --task-queue/m);
  const report = /Report: +(.+report\.md)/.exec(output)?.[1] ?? '';
  assert.match(readFileSync(report, 'utf8'), /: completed/);
  assert.deepEqual(clone.leftBehind(), []);
  const env = readFileSync(path.join(clone.root, '.phasegate/env'), 'utf8');
  for (const name of [
    'DATABASE_URL',
    'TEMPORAL_ADDRESS',
    'TEMPORAL_CLI',
    'PHASEGATE_WORKSPACE_ROOT',
    'OPENAI_BASE_URL',
    'PHASEGATE_TEMPLATES',
    'PHASEGATE_PERSONAS',
    'PHASEGATE_SCHEMAS',
    'PHASEGATE_BACKENDS',
  ])
    assert.match(env, new RegExp(`export ${name}=`));
});

test('npm start where no sandbox can be had: it says so, completes, and says that nothing was run', async () => {
  const { code, output } = await clone.run(['env', 'PHASEGATE_BWRAP=/nowhere/bwrap', 'npm', 'start']);
  assert.equal(code, 0, output);
  assert.match(output, /No sandbox can be started here: [^]*so nothing of their work is checked/);
  assert.match(output, /implementation +completed after 1 attempt: \S+ · nothing was run · /);
  assert.deepEqual(clone.leftBehind(), []);
});

test("npm start -- --repo …: on the person's own repository, and a failed run is an exit code", async () => {
  const repository = createGitRepository({ name: 'mein Projekt ü' });
  try {
    const requirements = path.join(clone.root, 'what.md');
    writeFileSync(requirements, 'Look for risks.');
    const { code, output } = await clone.run([
      'npm',
      'start',
      '--',
      '--repo',
      repository.path,
      '--requirements',
      requirements,
      '--template',
      'repo-review',
    ]);
    assert.equal(code, 0, output);
    assert.match(output, /recommendations +completed/);
    assert.equal(execFileSync('git', ['-C', repository.path, 'status', '--porcelain'], { encoding: 'utf8' }), '');
    const failed = await clone.run([
      'npm',
      'start',
      '--',
      '--repo',
      repository.path,
      '--requirements',
      requirements,
      '--base',
      'nowhere',
    ]);
    assert.equal(failed.code, 1, failed.output);
    assert.match(failed.output, /branch_not_found/);
    assert.doesNotMatch(failed.output, /Starting PostgreSQL/, 'a mistake is told before anything is brought up');
    const wrong = await clone.run(['npm', 'start', '--', '--template', 'featrue']);
    assert.equal(wrong.code, 1, wrong.output);
    assert.match(wrong.output, /template_not_found: [^\n]*feature/);
    assert.doesNotMatch(wrong.output, /Starting PostgreSQL/);
    const waiting = await clone.run(['npm', 'start', '--', '--repo', repository.path, '--requirements', requirements], {
      onLine: (line, kill) => {
        if (/npm run client -- reject/.test(line)) kill('SIGINT');
      },
    });
    assert.match(waiting.output, /design +there is no terminal to ask at, so the run waits/);
    assert.match(waiting.output, / npm run client -- approve feature-\S+ --artifact-sha256 /);
    assert.doesNotMatch(waiting.output, /approving/);
    assert.match(
      waiting.output,
      /run feature-\S+ waits at gate design\/design-approval; nothing is lost; npm run dev goes on/,
    );
    assert.deepEqual(clone.leftBehind(), []);
  } finally {
    repository.remove();
  }
});

test('npm run dev: ready, usable from another terminal by the env file, and gone after SIGINT; earlier runs are still there', async () => {
  const requirements = path.join(clone.root, 'what.md');
  let used: Promise<{ code: number | null; output: string }> | undefined;
  const script = `
    set -e
    . .phasegate/env
    npm run --silent client -- start --id by-hand --template repo-review --repo "$PWD/../repo" --requirements what.md
    until npm run --silent client -- status by-hand | grep -q 'by-hand  completed'; do sleep 0.2; done
    npm run --silent client -- report by-hand
    temporal workflow list --query "RunState = 'completed'" --limit 20`;
  writeFileSync(requirements, 'Look for risks.');
  const repo = path.join(clone.root, '../repo');
  newRepositoryAt(repo).git('commit', '-q', '--allow-empty', '-m', 'first');
  const dev = await clone.run(['npm', 'run', 'dev'], {
    onLine: (line, kill) => {
      if (!/\bready\b/i.test(line) || used) return;
      used = clone.run(['sh', '-c', script]).finally(() => kill('SIGINT'));
    },
  });
  const result = await used;
  assert.equal(result?.code, 0, `${dev.output}\n${result?.output}`);
  assert.match(result?.output ?? '', /# Run by-hand: completed/);
  assert.match(result?.output ?? '', /feature-\d+/, 'the run of the first test is found again');
  assert.match(
    dev.output,
    /These runs wait for a decision:\n {2}feature-\S+, at design\/design-approval: npm run client -- status/,
  );
  assert.ok(existsSync(path.join(clone.root, '.phasegate/temporal.db')));
  assert.deepEqual(clone.leftBehind(), []);
});
