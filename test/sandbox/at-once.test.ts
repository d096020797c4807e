import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitedSandbox } from '../../src/sandbox/at-once.js';
import type { CommandResult, Sandbox, SandboxCommand } from '../../src/sandbox/sandbox.js';

const RESULT = { end: 'exited', exitCode: 0 } as CommandResult;

/** A sandbox whose commands end when the test says so. */
function heldSandbox(): { sandbox: Sandbox; begun: string[]; finish: (run: string, error?: Error) => void } {
  const begun: string[] = [];
  const open = new Map<string, { resolve: (result: CommandResult) => void; reject: (error: Error) => void }>();
  const run = ({ run: name }: SandboxCommand): Promise<CommandResult> =>
    new Promise((resolve, reject) => {
      begun.push(String(name));
      open.set(String(name), { resolve, reject });
    });
  const finish = (name: string, error?: Error): void =>
    error ? open.get(name)?.reject(error) : open.get(name)?.resolve(RESULT);
  return { sandbox: { kind: 'none', about: { what: '', holds: [], lacks: [] }, run }, begun, finish };
}

const command = (run: string, signal = new AbortController().signal): SandboxCommand =>
  ({ run, signal }) as SandboxCommand;
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('no more commands than allowed run at once, the others in order, also after a failure', async () => {
  const { sandbox, begun, finish } = heldSandbox();
  const limited = limitedSandbox(sandbox, 2);
  const runs = ['a', 'b', 'c', 'd'].map((name) => limited.run(command(name)));
  await settled();
  assert.deepEqual(begun, ['a', 'b']);
  finish('b', new Error('broken'));
  await assert.rejects(runs[1]!, /broken/);
  await settled();
  assert.deepEqual(begun, ['a', 'b', 'c']);
  for (const name of ['a', 'c']) finish(name);
  await settled();
  assert.deepEqual(begun, ['a', 'b', 'c', 'd']);
  finish('d');
  assert.equal((await Promise.all([runs[0], runs[2], runs[3]])).length, 3);
});

test('a command that waits for its turn can be aborted, and takes no place', async () => {
  const { sandbox, begun, finish } = heldSandbox();
  const limited = limitedSandbox(sandbox, 1);
  const abort = new AbortController();
  const [first, waits, last] = [
    limited.run(command('first')),
    limited.run(command('waits', abort.signal)),
    limited.run(command('last')),
  ];
  await settled();
  abort.abort(new Error('cancelled'));
  await assert.rejects(waits, /cancelled/);
  finish('first');
  await first;
  await settled();
  assert.deepEqual(begun, ['first', 'last']);
  finish('last');
  await last;
  await assert.rejects(limited.run(command('late', abort.signal)), /cancelled/);
});
