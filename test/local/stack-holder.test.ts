import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { announce, claim, readHolding, release } from '../../src/local/stack-holder.js';
import { startOf } from '../../src/local/processes/process-identity.js';
import { tempFolder } from './support/temp-folder.js';

test('one process holds a folder; it announces how to reach its stack, and gives it back', async (t) => {
  const dir = tempFolder(t);
  assert.deepEqual(await claim(dir, 'stays', process.pid), { claimed: true });
  const again = await claim(dir, 'stays', process.pid);
  assert.equal(again.claimed, false);
  const ready = { env: { A: '1' }, modelAbout: 'scripted' };
  announce(dir, ready);
  const holding = readHolding(dir);
  assert.ok(holding.state === 'held' && holding.holder.pid === process.pid);
  assert.deepEqual(holding.holder.ready, ready);
  assert.equal(statSync(join(dir, 'stack.json')).mode & 0o777, 0o600);
  release(dir);
  assert.deepEqual(readHolding(dir), { state: 'free' });
});

test('a holder that is gone, or whose pid another process has now, holds nothing; its living reaper is waited for', (t) => {
  const dir = tempFolder(t);
  const write = (since: string, reaperSince: string): void =>
    writeFileSync(
      join(dir, 'stack.json'),
      JSON.stringify({ pid: process.pid, since, reaperPid: process.pid, reaperSince, kind: 'stays', ready: null }),
    );
  const now = startOf(process.pid) ?? '';
  write(now, now);
  assert.equal(readHolding(dir).state, 'held');
  write('long ago', now);
  assert.equal(readHolding(dir).state, 'ending');
  write('long ago', 'long ago');
  assert.equal(readHolding(dir).state, 'free');
  writeFileSync(join(dir, 'stack.json'), '{"pid":');
  assert.equal(readHolding(dir).state, 'free');
});

test('of several processes that start at once exactly one gets the folder', async (t) => {
  const dir = tempFolder(t);
  const script = `const { claim } = await import('./src/local/stack-holder.ts');
    const { claimed } = await claim(${JSON.stringify(dir)}, 'stays', process.pid);
    process.stdout.write(claimed ? 'mine ' : 'taken ');
    process.stdin.resume();`;
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: PACKAGE_ROOT,
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  const words = children.map(({ stdout }) => text(stdout));
  await Promise.all(children.map(({ stdout }) => once(stdout, 'data')));
  children.forEach(({ stdin }) => stdin.end());
  assert.deepEqual((await Promise.all(words)).sort(), ['mine ', 'taken ', 'taken ', 'taken ']);
});
