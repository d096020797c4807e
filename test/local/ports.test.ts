import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { freePort, hasLostPort } from '../../src/local/processes/ports.js';
import { hasCrashed, lastLines, type Service } from '../../src/local/processes/processes.js';
import { tempFolder } from './support/temp-folder.js';

test('a server that has ended lost its port when it says so, or when somebody has it now', async (t) => {
  const free = await freePort();
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  // PostgreSQL's words, and Temporal's
  for (const words of [
    'could not bind IPv4 address "127.0.0.1": Address already in use',
    '"message":"listen tcp 127.0.0.1:39569: bind: address already in use"',
  ]) {
    assert.equal(await hasLostPort(service(t, words, 'exit code 1'), [free]), true, words);
  }
  assert.equal(await hasLostPort(service(t, 'no space left on device', 'exit code 1'), [free]), false);
  assert.equal(await hasLostPort(service(t, 'no space left on device', 'exit code 1'), [free, port]), true);
  assert.equal(await hasLostPort(service(t, 'address already in use', undefined), [port]), false, 'it runs');
});

test('the last lines of a log are those of a crash from its reason on, unless something was logged since', (t) => {
  const crash = ['panic: no hope', '', ...Array.from({ length: 30 }, (_, i) => `main.f${i}()`)].join('\n');
  const lines = (text: string): string[] => lastLines(service(t, text, undefined).log).split('\n');
  assert.deepEqual(lines(`time=1 a\n${crash}`).slice(0, 3), ['panic: no hope', '', 'main.f0()']);
  assert.deepEqual(lines(`${crash}\ntime=2 b`).slice(-2), ['main.f29()', 'time=2 b']);
  assert.equal(hasCrashed(service(t, crash, 'exit code 2')), true);
  assert.equal(hasCrashed(service(t, crash, undefined)), false, 'it runs');
  assert.equal(hasCrashed(service(t, `${crash}\ntime=2 disk full`, 'exit code 1')), false);
});

function service(t: TestContext, log: string, end: string | undefined): Service {
  const file = join(tempFolder(t), 'server.log');
  writeFileSync(file, `${log}\n`);
  return {
    name: 'Server',
    pid: 1,
    log: file,
    ended: Promise.resolve(end ?? ''),
    endedWith: () => end,
    stop: async () => {},
  };
}
