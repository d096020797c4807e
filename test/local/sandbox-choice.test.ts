import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { chooseSandbox } from '../../src/local/sandbox-choice.js';
import { SKIP } from '../sandbox/support/sandboxes.js';

function choose(t: TestContext, env: NodeJS.ProcessEnv) {
  const root = mkdtempSync(join(tmpdir(), 'phasegate-sandbox-choice-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const said: string[] = [];
  const all = { PATH: process.env.PATH, HOME: root, PHASEGATE_WORKSPACE_ROOT: join(root, 'workspaces'), ...env };
  const say = (line: string): void => void said.push(line);
  return { said, chosen: chooseSandbox({ root, env: all, say, pips: [] }) };
}

test('the sandbox of the local stack: none can be started, so nothing is run, and that is said', async (t) => {
  const { said, chosen } = choose(t, { PATH: '', PHASEGATE_BWRAP: '/nowhere/bwrap' });
  assert.deepEqual(await chosen, { PHASEGATE_SANDBOX: 'off' });
  assert.match(said.join('\n'), /No sandbox can be started here[^]*nothing of their work is checked/);
});

test('the sandbox of the local stack: what the person chose stays', async (t) => {
  for (const PHASEGATE_SANDBOX of ['none', 'off']) {
    const { said, chosen } = choose(t, { PHASEGATE_SANDBOX });
    assert.deepEqual([await chosen, said], [{}, []]);
  }
  const asked = choose(t, { PATH: '', PHASEGATE_BWRAP: '/nowhere/bwrap', PHASEGATE_SANDBOX: 'bwrap' });
  assert.deepEqual(await asked.chosen, {}, 'the run itself says that there is no sandbox');
});

test('the sandbox of the local stack: one that works is used', { skip: SKIP }, async (t) => {
  const bwrap = process.env.PHASEGATE_TEST_BWRAP ?? 'bwrap';
  const { said, chosen } = choose(t, { PHASEGATE_BWRAP: bwrap });
  assert.equal((await chosen).PHASEGATE_SANDBOX, undefined);
  assert.deepEqual(said, []);
});
