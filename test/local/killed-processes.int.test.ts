import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { STAGES } from '../../src/local/processes/reaper.js';
import { startOf } from '../../src/local/processes/process-identity.js';
import { newRepositoryAt } from '../support/git-repository.js';
import { until } from '../support/until.js';
import { copyClone, type CopiedClone } from './support/copied-clone.js';

const LONG_MS = 90_000;

let clone: CopiedClone;
before(() => {
  clone = copyClone();
  const repo = path.join(clone.root, '../repo');
  newRepositoryAt(repo).git('commit', '-q', '--allow-empty', '-m', 'first');
  writeFileSync(path.join(clone.root, 'what.md'), 'Look for risks.');
});
after(() => clone.remove());

test(
  'kill -9 of the worker and of the reaper: the stack goes on, a run completes; kill -9 of the parent: nothing is left',
  { timeout: 600_000 },
  async () => {
    const dev = await startDev();
    const worker = dev.pidOf(STAGES.worker);
    process.kill(worker, 'SIGKILL');
    await until(() => /Worker works again/.test(dev.output()), LONG_MS, dev.output);
    assert.match(dev.output(), /Worker has ended \(ended by SIGKILL.*It is started again, 1 of at most 5 times/);
    assert.notEqual(dev.pidOf(STAGES.worker), worker);
    const { reaperPid } = holder();
    process.kill(reaperPid, 'SIGKILL');
    await until(() => holder().reaperPid !== reaperPid);
    const used = await clone.run([
      'sh',
      '-c',
      '. .phasegate/env; npm run --silent client -- start --id on --template repo-review --repo "$PWD/../repo" --requirements what.md --watch',
    ]);
    assert.equal(used.code, 0, used.output);
    process.kill(holder().pid, 'SIGKILL');
    await until(
      () => clone.leftBehind().length === 0,
      LONG_MS,
      () => clone.leftBehind().join('\n'),
    );
    await dev.ended;
  },
);

for (const [stage, name] of [
  [STAGES.temporal, 'Temporal server'],
  [STAGES.postgres, 'PostgreSQL'],
] as const) {
  test(`kill -9 of ${name}: the stack says so and ends in order, with nothing left`, { timeout: 600_000 }, async () => {
    const dev = await startDev();
    process.kill(dev.pidOf(stage), 'SIGKILL');
    assert.equal(await dev.ended, 1);
    assert.match(dev.output(), new RegExp(`${name} has ended \\(ended by SIGKILL`));
    assert.deepEqual(clone.leftBehind(), []);
  });
}

test(
  'kill -9 of parent and reaper at once: the next start ends what they left, and works',
  { timeout: 600_000 },
  async () => {
    const dev = await startDev();
    const left = [STAGES.worker, STAGES.temporal, STAGES.postgres].map(dev.pidOf);
    const { pid, reaperPid } = holder();
    for (const one of [reaperPid, pid]) process.kill(one, 'SIGKILL');
    await dev.ended;
    assert.ok(
      left.every((one) => startOf(one) !== undefined),
      'nobody was there to end them',
    );
    const next = await clone.run(['npm', 'start']);
    assert.equal(next.code, 0, next.output);
    assert.match(next.output, /3 processes of an earlier stack, whose parent was killed, had to be ended first/);
    assert.deepEqual(clone.leftBehind(), []);
  },
);

function holder(): { pid: number; reaperPid: number } {
  return JSON.parse(readFileSync(path.join(clone.root, '.phasegate/stack.json'), 'utf8')) as {
    pid: number;
    reaperPid: number;
  };
}

async function startDev() {
  let text = '';
  let code: number | null | undefined;
  const ended = clone
    .run(['npm', 'run', 'dev'], { onLine: (line) => (text += `${line}\n`) })
    .then((end) => (code = end.code));
  await until(
    () => /^ready/m.test(text) || code !== undefined,
    LONG_MS,
    () => text,
  );
  assert.equal(code, undefined, text);
  const pidOf = (stage: number): number => {
    const groups = JSON.parse(readFileSync(path.join(clone.root, '.phasegate/processes.json'), 'utf8')) as {
      pid: number;
      stage: number;
    }[];
    return groups.find((group) => group.stage === stage)?.pid ?? 0;
  };
  return { output: () => text, ended, pidOf };
}
