import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runProcess } from '../../src/workspace/git/run-process.js';
import { temporaryFolder, writeScript } from '../support/git-repository.js';
import { until } from '../support/until.js';

const env = { PATH: process.env['PATH'] ?? '' };
const LIMITS = { timeoutMs: 20_000, maxOutputBytes: 1_000_000 };
const RUN_PROCESS = new URL('../../src/workspace/git/run-process.js', import.meta.url).href;

test('a program gets its input, and its output, errors and exit code come back unchanged', async () => {
  const bytes = Buffer.from([0, 255, 10, 128, 0]);
  const end = await runProcess('sh', ['-c', 'cat; printf oops >&2; exit 7'], { env }, { ...LIMITS, input: bytes });
  assert.deepEqual(end, { code: 7, stdout: bytes, stderr: 'oops', stopped: null });
});

test('a program has the environment and the folder that it was given, and no variable of the worker', async () => {
  process.env['CANARY_KEY'] = 'secret';
  const { stdout } = await runProcess('sh', ['-c', 'pwd; env'], { cwd: '/usr', env: { ...env, GIVEN: 'yes' } }, LIMITS);
  delete process.env['CANARY_KEY'];
  assert.match(stdout.toString(), /^\/usr\n/);
  assert.match(stdout.toString(), /^GIVEN=yes$/m);
  assert.doesNotMatch(stdout.toString(), /CANARY|HOME=|NODE_/);
});

test('what can not be started is an error with its code, also when Node refuses it', async () => {
  await assert.rejects(runProcess('/nonexistent/program', [], { env }, LIMITS), { code: 'ENOENT' });
  await assert.rejects(runProcess('sh', ['a\0b'], { env }, LIMITS), { code: 'ERR_INVALID_ARG_VALUE' });
});

test('a process that ignores SIGTERM is killed with its children', async (t) => {
  const script = join(temporaryFolder(t), 'stubborn');
  writeScript(script, `trap '' TERM; sleep 301 & wait; sleep 301`);
  const started = performance.now();
  const end = await runProcess(script, [], { env }, { ...LIMITS, timeoutMs: 300 });
  // it ends when nobody holds its output any more, so the child is gone too
  assert.equal(end.stopped, 'timeout');
  assert.ok(performance.now() - started < 20_000);
});

test('an abort stops it, also one that was there before it began', async () => {
  const controller = new AbortController();
  const early = runProcess('sleep', ['301'], { env }, { ...LIMITS, signal: AbortSignal.abort() });
  const late = runProcess('sleep', ['301'], { env }, { ...LIMITS, signal: controller.signal });
  setTimeout(() => controller.abort(), 100);
  assert.deepEqual(
    (await Promise.all([early, late])).map(({ stopped }) => stopped),
    ['aborted', 'aborted'],
  );
});

test('when the process host is killed, waiting calls get an error, and the next program starts', async () => {
  const { stdout } = await runProcess('sh', ['-c', 'echo $PPID'], { env }, LIMITS);
  const asleep = runProcess('sleep', ['5'], { env }, LIMITS);
  setTimeout(() => process.kill(Number(stdout), 'SIGKILL'), 100);
  await assert.rejects(asleep, /has ended \(SIGKILL\)/);
  assert.equal((await runProcess('true', [], { env }, LIMITS)).code, 0);
});

test('Ctrl-C and SIGTERM are left to the worker: a program that runs is not cut off', async () => {
  const { stdout } = await runProcess('sh', ['-c', 'echo $PPID'], { env }, LIMITS);
  const asleep = runProcess('sleep', ['0.5'], { env }, LIMITS);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(Number(stdout), signal);
  assert.equal((await asleep).code, 0);
});

for (const how of ['SIGKILL', 'SIGTERM'] as const) {
  test(`nothing is left of a process that gets ${how}, nor of its programs`, async (t) => {
    const pids = join(temporaryFolder(t), 'pids');
    const code = `const { runProcess } = await import('${RUN_PROCESS}'); await runProcess('sh', ['-c', 'echo $$ $PPID > ${pids}; sleep 301'], { env: { PATH: process.env.PATH } }, { timeoutMs: 400000, maxOutputBytes: 1 });`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: 'inherit',
    });
    const written = (): string => {
      try {
        return readFileSync(pids, 'utf8').trim();
      } catch {
        return '';
      }
    };
    await until(() => /\d+ \d+/.test(written()));
    child.kill(how);
    await until(() =>
      written()
        .split(' ')
        .every((pid) => !isAlive(Number(pid))),
    );
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // a zombie that nobody has waited for yet is gone, too
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
