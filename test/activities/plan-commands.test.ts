import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readRepositoryCommands, settleCommands, type RepositoryCommands } from '../../src/activities/plan-commands.js';
import { PhasegateError } from '../../src/domain/failures.js';
import { sha256 } from '../../src/domain/text/hash.js';
import { inspectRepository } from '../../src/workspace/git/inspect-repository.js';
import { gitRepository } from '../support/git-repository.js';

const GOOD = `# how it is built
setup:
  - run: npm ci
    network: [registry.npmjs.org]
checks:
  - name: test
    run: npm test
  - { name: types, run: [npx, tsc, --noEmit], timeout: 1m, retries: 1, required: true }
protect: [README.md, "src/**", nothing.txt]
env: [CI]
`;

async function read(path: string, keys: string[] = []): Promise<RepositoryCommands> {
  return readRepositoryCommands(await inspectRepository(path, null), keys);
}

function readText(t: TestContext, text: string): Promise<RepositoryCommands> {
  const { path, commit } = gitRepository(t);
  commit({ '.phasegate.yaml': text });
  return read(path);
}

test('the commands of the base commit, with their hash and a warning for a pattern that matches nothing', async (t) => {
  const { source, file, warnings } = await readText(t, GOOD);
  assert.deepEqual(source, { kind: 'file', sha256: sha256(GOOD) });
  assert.deepEqual(
    file.checks?.map(({ name }) => name),
    ['test', 'types'],
  );
  assert.deepEqual(warnings, ['protect: "nothing.txt" matches no file of the base commit']);
});

test('other ways to write it: CRLF, a byte order mark, JSON, anchors, and a comment for editors', async (t) => {
  const texts = [
    GOOD.replaceAll('\n', '\r\n'),
    `\uFEFF${GOOD}`,
    JSON.stringify({ $schema: 'x', checks: [{ name: 'test', run: 'npm test' }] }),
    'checks:\n  - &a { name: test, run: x }\n  - { <<: *a, name: other }\n'.replace('<<: *a, ', 'run: x, '),
    'setup: [{ run: &r "npm ci" }]\nchecks: [{ name: test, run: *r }]\n',
    '{}',
  ];
  for (const text of texts) {
    const { source, file } = await readText(t, text);
    assert.equal(source.kind, 'file');
    if (text !== '{}') assert.equal(file.checks?.[0]?.name, 'test', text);
  }
});

const BOMB = `a: &a [x, x, x, x, x, x, x, x]\n${'bcdefghij'
  .split('')
  .map((name, n) => `${name}: &${name} [${Array(8).fill(`*${'abcdefghij'[n]}`).join(', ')}]`)
  .join('\n')}\n`;

const BAD: [what: string, text: string, message: RegExp][] = [
  ['a tab', 'checks:\n\t- name: a\n', /\.phasegate\.yaml \(commit [0-9a-f]{12}\):2:1: .*tab/i],
  ['an open bracket', 'checks: [\n', /:\d+:\d+: /],
  [
    'an unknown field',
    'checks:\n  - name: a\n    run: x\n    timout: 1m\n',
    /:4:5: \/checks\/0\/timout: unknown field "timout", did you mean "timeout"\?/,
  ],
  ['an unknown field at the root', 'check: []\n', /:1:1: \/check: unknown field "check", did you mean "checks"\?/],
  ['a key twice', 'env: [A]\nenv: [B]\n', /:2:1: Map keys must be unique/],
  [
    'a name twice',
    'checks:\n  - { name: a, run: x }\n  - { name: a, run: y }\n',
    /:3:\d+: \/checks\/1\/name: the name a is that of check 1/,
  ],
  ['a reserved name', 'checks: [{ name: all, run: x }]\n', /\/checks\/0\/name: the name all is reserved/],
  ['an empty command', 'checks: [{ name: a, run: "" }]\n', /\/checks\/0\/run: must not be empty/],
  ['a blank command', 'checks: [{ name: a, run: "  " }]\n', /\/checks\/0\/run: the command is empty/],
  ['an empty list', 'checks: [{ name: a, run: [] }]\n', /\/checks\/0\/run: /],
  ['a command that is a number', 'checks: [{ name: a, run: 7 }]\n', /\/checks\/0\/run: expected string; found 7/],
  ['no command', 'checks: [{ name: a }]\n', /\/checks\/0: the field "run" is missing/],
  ['a name with a space', 'checks: [{ name: "a b", run: x }]\n', /\/checks\/0\/name: .*letters, digits/],
  ['a URL as host', 'setup: [{ run: x, network: ["https://a.example"] }]\n', /\/setup\/0\/network\/0: .*is a URL/],
  ['a wildcard as host', 'setup: [{ run: x, network: ["*.a.example"] }]\n', /\/setup\/0\/network\/0: .*wildcard/],
  ['a host in place of the list', 'setup: [{ run: x, network: a.example }]\n', /\/setup\/0\/network: /],
  ['a time of no unit', 'setup: [{ run: x, timeout: 10 }]\n', /\/setup\/0\/timeout: .*write it in quotes/],
  ['too little time', 'setup: [{ run: x, timeout: 5ms }]\n', /\/setup\/0\/timeout: must be between 1s and 24h/],
  [
    'a variable of the worker',
    'env: [CI, DATABASE_URL]\n',
    /:1:11: \/env\/1: the variable DATABASE_URL belongs to the worker/,
  ],
  ['the key of a backend', 'env: [MODEL_KEY]\n', /holds the key of a backend/],
  ['a variable with a sign', 'env: ["A=B"]\n', /\/env\/0: .*not a digit first/],
  ['a pattern that leads out', 'protect: ["../x"]\n', /\/protect\/0: has a part \. or \.\./],
  ['a list as the whole', '- a\n', /\(whole file\): expected object/],
  ['nothing at all', '', /\(whole file\): expected object; found null/],
  ['two documents', 'env: []\n---\nenv: []\n', /:\d+:\d+: /],
  ['a tag', 'env: !!js/function "x"\n', /:\d+:\d+: /],
  ['a bomb of aliases', BOMB, /aliases/],
  ['deep nesting', '['.repeat(10_000), /deep/],
  ['many values', `protect: [${'a, '.repeat(30_000)}]\n`, /more than 20000 keys and values/],
  ['a mebibyte', `# ${'x'.repeat(1024 * 1024)}\n`, /:1:1: the file is 1048579 bytes, the limit is 262144/],
];

test('every mistake is told with file, line, column and place', async (t) => {
  const { path, commit } = gitRepository(t);
  for (const [what, text, message] of BAD) {
    commit({ '.phasegate.yaml': text });
    await assert.rejects(
      read(path, ['MODEL_KEY']),
      (error) => {
        assert.ok(error instanceof PhasegateError, `${what}: ${String(error)}`);
        assert.equal(error.code, 'repository_file_invalid', what);
        assert.match(error.message, message, what);
        return true;
      },
      what,
    );
  }
});

test('a file that is not UTF-8, and a symbolic link, are refused', async (t) => {
  const { path, commit, git } = gitRepository(t);
  writeFileSync(join(path, '.phasegate.yaml'), Buffer.from([0x65, 0x6e, 0x76, 0x3a, 0x20, 0xff]));
  commit({});
  await assert.rejects(read(path), /not UTF-8/);
  git('rm', '--quiet', '.phasegate.yaml');
  symlinkSync('README.md', join(path, '.phasegate.yaml'));
  commit({ x: '' });
  await assert.rejects(read(path), /symbolic link/);
});

test('a file that only the work tree has does not count, and people are told', async (t) => {
  const { path, commit, git } = gitRepository(t);
  assert.deepEqual((await read(path)).source, { kind: 'none', note: null });
  writeFileSync(join(path, '.phasegate.yaml'), GOOD);
  const { source } = await read(join(path, 'src'));
  assert.ok(source.kind === 'none');
  assert.match(
    source.note ?? '',
    /work tree .* has a \.phasegate\.yaml, and the base commit [0-9a-f]{12} of main has none/,
  );
  git('switch', '--quiet', '--create', 'other');
  commit({});
  const onMain = await readRepositoryCommands(await inspectRepository(path, 'main'), []);
  assert.ok(onMain.source.kind === 'none' && onMain.source.note !== null);
  assert.equal((await readRepositoryCommands(await inspectRepository(path, 'other'), [])).source.kind, 'file');
});

test('a file with another ending is named', async (t) => {
  const { path, commit } = gitRepository(t);
  commit({ '.phasegate.yml': GOOD });
  const { source } = await read(path);
  assert.ok(source.kind === 'none');
  assert.match(source.note ?? '', /\.phasegate\.yml: only \.phasegate\.yaml is read/);
});

test("the run's input replaces the set-up and the checks, and what is protected stays", async (t) => {
  const read = await readText(t, GOOD);
  const settled = settleCommands(read, {}, 'bwrap');
  assert.deepEqual(
    settled.checks?.map(({ name, timeoutMs, retries, required }) => [name, timeoutMs, retries, required]),
    [
      ['test', 600_000, 0, false],
      ['types', 60_000, 1, true],
    ],
  );
  assert.deepEqual(settled.commands, {
    source: read.source,
    sandbox: 'bwrap',
    setup: [{ run: 'npm ci', network: ['registry.npmjs.org'], timeoutMs: 600_000 }],
    protect: ['README.md', 'src/**', 'nothing.txt'],
    env: ['CI'],
    warnings: read.warnings,
  });
  const replaced = settleCommands(read, { checks: [{ name: 'mine', run: 'x' }] }, 'none');
  assert.deepEqual(replaced.commands.source, { kind: 'input' });
  assert.deepEqual(replaced.commands.setup, settled.commands.setup);
  assert.deepEqual(replaced.commands.protect, settled.commands.protect);
  assert.deepEqual(
    replaced.checks?.map(({ name }) => name),
    ['mine'],
  );
  assert.deepEqual(settleCommands(read, { setup: [], checks: [] }, 'off').checks, []);
  const nothing: RepositoryCommands = { source: { kind: 'none', note: null }, file: {}, warnings: [] };
  assert.equal(settleCommands(nothing, {}, 'off').checks, null);
  assert.deepEqual(settleCommands(nothing, { checks: [] }, 'off').checks, []);
});
