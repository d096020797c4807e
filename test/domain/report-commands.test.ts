import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlannedCommands } from '../../src/domain/check/planned-check.js';
import { commandsLines } from '../../src/domain/record/report-commands.js';
import { NO_COMMANDS } from '../support/no-checks.js';

const full: PlannedCommands = {
  source: { kind: 'file', sha256: '0123456789abcdef0123' },
  sandbox: 'bwrap',
  setup: [
    { run: 'npm ci', network: ['registry.npmjs.org'], timeoutMs: 1 },
    { run: ['make', 'deps'], network: 'none', timeoutMs: 1 },
    { run: 'x', network: 'host', timeoutMs: 1 },
  ],
  protect: Array.from({ length: 12 }, (_, n) => `p${n}`),
  env: ['CI'],
  warnings: ['a | <b> ![c](d)'],
};

test('the report says where the commands come from, in which sandbox they run, and what they reach', () => {
  const lines = commandsLines(full);
  assert.equal(lines[0], 'Commands: `.phasegate.yaml` (sha256 `0123456789abcdef`)');
  assert.equal(lines[1], 'Sandbox: bubblewrap');
  assert.deepEqual(lines.slice(2, 5), [
    'Set-up: `npm ci`, with the hosts `registry.npmjs.org`',
    'Set-up: `make deps`, without network',
    'Set-up: `x`, **with the whole network of the worker**',
  ]);
  assert.match(lines[5] ?? '', /^Protected: `p0`, .*`p9` and 2 more$/);
  assert.equal(lines[6], 'Variables of the worker: `CI`');
  assert.equal(lines[7], 'Warning: a \\| \\<b\\> \\!\\[c\\](d)'.replace('(d)', '\\(d\\)'));
});

test('a run without isolation, without commands, and without a plan says so', () => {
  assert.match(commandsLines({ ...full, sandbox: 'none' })[1] ?? '', /without isolation/);
  const [source, sandbox] = commandsLines(NO_COMMANDS);
  assert.match(source ?? '', /none: the repository has no \.phasegate\.yaml/);
  assert.match(sandbox ?? '', /ran no command/);
  const noted = { ...NO_COMMANDS, source: { kind: 'none', note: 'only in the *work tree*' } } as const;
  assert.equal(commandsLines(noted)[0], 'Commands: none: only in the \\*work tree\\*');
  assert.equal(commandsLines({ ...full, source: { kind: 'input' } })[0], "Commands: the run's input");
  assert.deepEqual(commandsLines(null), []);
});
