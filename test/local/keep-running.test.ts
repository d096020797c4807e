import assert from 'node:assert/strict';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { keepRunning } from '../../src/local/processes/keep-running.js';
import { startService, type Service } from '../../src/local/processes/processes.js';
import { Reaper } from '../../src/local/processes/reaper.js';
import { until } from '../support/until.js';
import { tempFolder } from './support/temp-folder.js';

test('what dies is started again, and it is said so, up to a bound', async (t) => {
  const { start, said, closing } = setUp(t, 'exit 3');
  const kept = keepRunning(await start(), { start, isClosing: closing, say: (line) => said.push(line), pauseMs: 1 });
  assert.match(await kept.ended, /exit code 3, after 5 new starts in 10 minutes/);
  assert.deepEqual(
    said.map((line) => /\d of at most \d|works again/.exec(line)?.[0]),
    Array.from({ length: 5 }, (_, index) => [`${index + 1} of at most 5`, 'works again']).flat(),
  );
});

test('a service that is killed goes on in another process; one that ends with the stack is left alone', async (t) => {
  const { start, said, closing, reaper } = setUp(t, 'exec sleep 300');
  const started: Service[] = [];
  const first = await start();
  const startNext = async (): Promise<Service> => {
    const service = await start();
    started.push(service);
    return service;
  };
  const kept = keepRunning(first, { start: startNext, isClosing: closing, say: (line) => said.push(line), pauseMs: 1 });
  process.kill(first.pid, 'SIGKILL');
  await until(() => said.some((line) => line.includes('works again')));
  assert.match(said[0] ?? '', /ended by SIGKILL.*It is started again, 1 of at most 5/);
  await reaper.finish();
  assert.match(await kept.ended, /SIGTERM/);
  assert.equal(started.length, 1);
});

test('a service that can not be started again counts as one that died, and the reason is said', async (t) => {
  const { start, said, closing } = setUp(t, 'exit 3');
  const kept = keepRunning(await start(), {
    start: () => Promise.reject(new Error('no such port')),
    isClosing: closing,
    say: (line) => said.push(line),
    pauseMs: 1,
  });
  assert.match(await kept.ended, /it did not start, after 5 new starts/);
  assert.equal(said.filter((line) => line === 'no such port').length, 5);
});

function setUp(t: TestContext, script: string) {
  const reaper = new Reaper();
  t.after(() => reaper.finish());
  const log = join(tempFolder(t), 'log');
  const start = () =>
    startService(
      {
        name: 'Worker',
        file: '/bin/sh',
        args: ['-c', script],
        cwd: '/',
        env: {},
        log,
        end: { signal: 'SIGTERM', stage: 0, graceMs: 5_000 },
      },
      reaper,
    );
  return { reaper, start, said: [] as string[], closing: () => reaper.isClosing };
}
