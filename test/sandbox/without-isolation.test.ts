import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfig } from '../../src/config.js';
import { SANDBOX_SETTINGS } from '../../src/sandbox/common-setup.js';
import { openSandbox } from '../../src/sandbox/open-sandbox.js';
import { sandboxUnavailable } from '../../src/sandbox/why-unavailable.js';
import { failure } from '../support/failure.js';
import { until } from '../support/until.js';
import { openTestSandbox } from './support/sandboxes.js';

const { run, folder, sandbox, config } = await openTestSandbox({
  PHASEGATE_SANDBOX: 'none',
  PHASEGATE_SANDBOX_PROCESSES: '60',
});

test('without isolation a command runs in its folder, with an environment of its own', async () => {
  const place = folder();
  process.env.PHASEGATE_TEST_SECRET = 'the-secret-of-the-worker';
  const { output, exitCode } = await run('pwd; env; echo x > new; exit 3', { folder: place, env: { CI: 'true' } });
  assert.equal(exitCode, 3);
  assert.match(output.text, new RegExp(`^${place}\n`));
  assert.match(output.text, /^CI=true$/m);
  assert.doesNotMatch(output.text, /the-secret-of-the-worker|^PHASEGATE_(?!COMMAND)/m);
  assert.deepEqual(readdirSync(place), ['new']);
  assert.equal(sandbox.kind, 'none');
  assert.match(sandbox.about.lacks.join('\n'), /reaches all that the worker reaches/);
});

test('without isolation changes that are thrown away are made in a copy', async () => {
  const place = folder();
  writeFileSync(join(place, 'file'), 'before');
  const { output } = await run('echo after > file; echo x > more; cat file; ls', {
    folder: place,
    access: 'throw_away',
  });
  assert.equal(output.text, 'after\nfile\nmore\n');
  assert.deepEqual([readdirSync(place), readFileSync(join(place, 'file'), 'utf8')], [['file'], 'before']);
});

test('without isolation everything ends with the command, in a session of its own or not', async (t) => {
  if (process.platform !== 'linux') return t.skip('only Linux shows the environment of processes');
  const beats = `while :; do echo x >> beats; sleep 0.02; done`;
  const cases = [
    `(setsid sh -c 'trap "" TERM; ${beats}' &) ; until [ -s beats ]; do sleep 0.02; done`,
    `(${beats}) & until [ -s beats ]; do sleep 0.02; done`,
  ];
  for (const one of cases) {
    const place = folder();
    const { end, durationMs } = await run(one, { folder: place });
    assert.equal(end, 'exited');
    assert.ok(durationMs < 15_000, `${durationMs}`);
    await ended(place);
  }
  const place = folder();
  assert.equal((await run(`setsid sh -c '${beats}' & wait`, { folder: place, timeoutMs: 700 })).end, 'timed_out');
  await ended(place);
  const stop = new AbortController();
  const running = run(`setsid sh -c '${beats}' & wait`, { folder: place, signal: stop.signal });
  await until(() => existsSync(join(place, 'beats')));
  stop.abort(new Error('cancelled'));
  await assert.rejects(running, /cancelled/);
  await ended(place);
});

test('without isolation limits hold, too', async (t) => {
  if (process.platform !== 'linux') return t.skip('only Linux shows processes');
  const { end } = await run('i=0; while [ $i -lt 100 ]; do sleep 50 & i=$((i+1)); done; wait');
  assert.equal(end, 'too_many_processes');
  assert.equal((await run('no-such-program')).end, 'not_found');
});

test('off gives no sandbox, and there is no silent way from bwrap to none', async () => {
  const open = (settings: Record<string, string>) =>
    openSandbox(
      readConfig({ PHASEGATE_WORKSPACE_ROOT: config.workspaceRoot, ...settings }, SANDBOX_SETTINGS),
      process.env,
    );
  assert.equal(await open({ PHASEGATE_SANDBOX: 'off' }), null);
  await assert.rejects(
    open({ PHASEGATE_BWRAP: '/bin/false' }),
    failure('sandbox_unavailable', /\/bin\/false.*PHASEGATE_BWRAP/),
  );
  await assert.rejects(open({ PHASEGATE_BWRAP: 'no-such-bwrap' }), failure('sandbox_unavailable', /not on the PATH/));
  assert.throws(
    () => readConfig({ PHASEGATE_SANDBOX: 'nnoe' }, ['sandbox']),
    failure('config_invalid', /bwrap, none, off/),
  );
});

test('what to do is said for each system', () => {
  assert.match(sandboxUnavailable('x', 'darwin').message, /Linux container.*none.*off/);
  assert.match(sandboxUnavailable("Can't mount proc: Operation not permitted", 'linux').message, /AppArmor.*seccomp/);
  assert.match(sandboxUnavailable("Can't make overlay mount", 'linux').message, /ext4/);
});

/** Nothing in the folder beats any more. */
async function ended(place: string): Promise<void> {
  const beats = (): number => readFileSync(join(place, 'beats'), 'utf8').length;
  const before = beats();
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(beats(), before);
}
