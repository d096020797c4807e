import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { COMMAND_ENDS, type CheckSummary } from '../../src/domain/check/check-run.js';
import { readArtifactCheck } from '../../src/domain/check/artifact-command.js';
import { checksText, commandText, endText, secondsText, summaryText } from '../../src/domain/check/check-text.js';
import { headAndTail } from '../../src/domain/check/head-and-tail.js';
import {
  isAsExpected,
  isComparedWithBase,
  judgeCheck,
  mayRepeat,
  type Ended,
} from '../../src/domain/check/judge-check.js';
import type { PlannedCheck } from '../../src/domain/check/planned-check.js';
import { redLines, redPrompt, type RedWork } from '../../src/domain/check/red-prompt.js';

const exited = (exitCode: number | null, signal: string | null = null): Ended => ({ end: 'exited', exitCode, signal });
const green = exited(0);
const red = exited(1);
const check = (more: Partial<PlannedCheck> = {}): PlannedCheck => ({
  name: 'test',
  run: 'npm test',
  expect: 'pass',
  timeoutMs: 1_000,
  retries: 0,
  required: false,
  unchanged: null,
  ...more,
});

test('only exit code 0 is green, however much a command says that it passed', () => {
  assert.equal(isAsExpected('pass', green), true);
  const others = [
    red,
    exited(127),
    exited(null, 'SIGKILL'),
    ...LIMITED.map((end): Ended => ({ end, exitCode: 0, signal: null })),
  ];
  for (const ended of others) assert.equal(isAsExpected('pass', ended), false, JSON.stringify(ended));
});

const LIMITED = [
  'timed_out',
  'out_of_memory',
  'too_many_processes',
  'disk_full',
  'not_found',
  'not_executable',
] as const;

test('a reproduction is red by an exit code of its own, and not by a time-out, a missing program or a kill', () => {
  assert.equal(isAsExpected('fail', red), true);
  assert.equal(isAsExpected('fail', exited(255)), true);
  const others = [
    green,
    exited(137),
    exited(null, 'SIGSEGV'),
    ...LIMITED.map((end): Ended => ({ end, exitCode: 1, signal: null })),
  ];
  for (const ended of others) assert.equal(isAsExpected('fail', ended), false, JSON.stringify(ended));
  assert.equal(isAsExpected('fail', exited(1, 'SIGTERM')), false);
});

test('passed, failed, flaky, already failing', () => {
  assert.equal(judgeCheck(check(), [green], null), 'passed');
  assert.equal(judgeCheck(check(), [red, green], null), 'flaky');
  assert.equal(judgeCheck(check(), [red, red], null), 'failed');
  assert.equal(judgeCheck(check(), [red], red), 'already_failing');
  assert.equal(judgeCheck(check(), [red], green), 'failed');
  assert.equal(judgeCheck(check({ required: true }), [red], red), 'failed');
  assert.equal(judgeCheck(check({ expect: 'fail' }), [green], null), 'failed');
});

test('a run at the base commit that did not end by itself excuses nothing', () => {
  const ends: Ended[] = [
    exited(null, 'SIGKILL'),
    exited(137),
    { ...exited(null), end: 'timed_out' },
    { ...exited(null), end: 'out_of_memory' },
    { ...exited(127), end: 'not_found' },
    { ...exited(126), end: 'not_executable' },
  ];
  for (const base of ends) assert.equal(judgeCheck(check(), [red], base), 'failed', JSON.stringify(base));
});

test('what must be red, what an artifact names and what is required is not excused by the base commit', () => {
  assert.equal(isComparedWithBase(check(), red), true);
  assert.equal(isComparedWithBase(check({ required: true }), red), false);
  assert.equal(isComparedWithBase(check({ required: true }), { ...red, end: 'not_found' }), true);
  assert.equal(isComparedWithBase(check({ expect: 'fail' }), green), false);
  assert.equal(isComparedWithBase(check({ run: { artifactOf: 'reproduce', pointer: '/check' } }), red), false);
  assert.equal(mayRepeat(check(), red), true);
  assert.equal(mayRepeat(check({ expect: 'fail' }), green), false);
});

const summary = (more: Partial<CheckSummary> = {}): CheckSummary => ({
  name: 'test',
  outcome: 'passed',
  expect: 'pass',
  end: 'exited',
  exitCode: 0,
  durationMs: 12_345,
  ...more,
});

test('a path in the place of what the set-up made is told before any check', () => {
  const work = redWork({ takenPlaces: ['deps'], red: [], others: [] });
  assert.deepEqual(redLines(work), ['repo/deps is in the place of what the set-up made: remove it']);
  assert.match(redPrompt(work, 'artifacts/a.json', { n: 1, of: 5 }, 'nonce'), /^repo\/deps is in the place of/);
  assert.match(redLines(redWork({ takenPlaces: ['a', 'b'] }))[0] ?? '', /^repo\/a, repo\/b are in the place/);
});

test('people see each check in a few words, and see that nothing was run', () => {
  const types = summary({ name: 'types', outcome: 'already_failing', exitCode: 2 });
  assert.equal(checksText([summary(), types]), 'test ✓ 12.3 s · types ✗ exit 2 (already failing)');
  assert.equal(checksText([]), 'nothing was run');
  assert.equal(summaryText(summary({ outcome: 'failed', end: 'timed_out', exitCode: null })), 'test ✗ time-out');
  assert.equal(summaryText(summary({ outcome: 'flaky' })), 'test ~ flaky, green when repeated 12.3 s');
  assert.equal(summaryText(summary({ expect: 'fail', exitCode: 1 })), 'test ✓ red as it must be (exit 1)');
  assert.equal(summaryText(summary({ expect: 'fail', outcome: 'failed' })), 'test ✗ green, must be red');
  assert.equal(endText(exited(null, 'SIGSEGV')), 'killed by SIGSEGV');
  const ends = COMMAND_ENDS.map((end) => endText({ end, exitCode: 2 }));
  assert.equal(new Set(ends).size, COMMAND_ENDS.length);
  assert.match(ends.join(), /out of memory \(.*_MEMORY\),.*threads \(.*_PROCESSES\),.*disk full \(.*_DISK\)/);
  assert.deepEqual([400, 99_960, 125_300].map(secondsText), ['0.4 s', '100.0 s', '125 s']);
  assert.equal(commandText(['npx', 'tsc', '--noEmit', 'a b', "it's"]), "npx tsc --noEmit 'a b' 'it'\\''s'");
});

const NONCE = '5e1f';
const ran = (output: string) => ({
  ...red,
  command: 'npm test',
  durationMs: 1_500,
  output,
  outputFile: 'checks/test-1.txt',
});
const redWork = (more: Partial<RedWork> = {}): RedWork => ({
  protectedPaths: [],
  takenPlaces: [],
  red: [{ name: 'test', expect: 'pass', why: null, ran: ran('1 failing\n') }],
  others: ['types ✓ 2.0 s'],
  ...more,
});

test('the agent is told name, command, end, time and output, and where all of it is', () => {
  const text = redPrompt(redWork(), 'artifacts/fix.json', { n: 1, of: 5 }, NONCE);
  for (const part of [
    '"test": exit 1 after 1.5 s',
    'Command: npm test',
    '1 failing',
    'checks/test-1.txt',
    'repair 1 of 5',
    'types ✓',
    'artifacts/fix.json',
  ])
    assert.ok(text.includes(part), part);
  assert.match(text, /OUTPUT BEGIN 5e1f\n1 failing\nOUTPUT END 5e1f/);
  assert.deepEqual(redLines(redWork()), ['test: exit 1 after 1.5 s']);
});

test('protected files are told by name, and that the checks have not run', () => {
  const work = redWork({ protectedPaths: ['package.json'], red: [], others: [] });
  assert.match(redPrompt(work, 'artifacts/fix.json', { n: 2, of: 5 }, NONCE), /"package\.json"/);
  assert.deepEqual(redLines(work), ['protected files were changed: package.json']);
});

test('a check that must be red says why its end is no proof', () => {
  const told = (ended: Ended): string[] =>
    redLines(redWork({ red: [{ name: 'reproduction', expect: 'fail', why: null, ran: { ...ran(''), ...ended } }] }));
  assert.deepEqual(told(green), ['reproduction: exit 0 after 1.5 s; it is green and must be red']);
  assert.match(told({ ...red, end: 'not_found' })[0] ?? '', /not found \(127\).*no proof/);
});

test('whatever checks write, the message has at most 16 kB of it, and no output ends its frame', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 40_000, size: 'max' }), { minLength: 1, maxLength: 4 }),
      (outputs) => {
        const work = redWork({
          red: outputs.map((output, n) => ({ name: `c${n}`, expect: 'pass', why: null, ran: ran(output) })),
        });
        const text = redPrompt(work, 'artifacts/a.json', { n: 1, of: 1 }, NONCE);
        assert.ok(Buffer.byteLength(text) < 16_384 + 2_000);
      },
    ),
    { numRuns: 30 },
  );
});

test('head and tail: the end has more room, colours and half characters are left out', () => {
  assert.deepEqual(headAndTail('\u001b[31mred\u001b[0m\r\nnext\u0007\n\n', 100), { text: 'red\nnext', leftOut: 0 });
  const { text, leftOut } = headAndTail(`${'ä'.repeat(500)}END`, 100);
  assert.ok(text.endsWith('END') && text.startsWith('ä') && !text.includes('\uFFFD'));
  assert.equal(leftOut, 903);
});

test('a check in an artifact: a line, a list or an object, and files that must stay', () => {
  const artifact = {
    check: { run: ['npm', 'test'], files: ['repo/test/a.js', './test/b.js'] },
    line: 'npm test',
    list: ['npm', 'test'],
  };
  assert.deepEqual(readArtifactCheck(artifact, '/check', '/check/files'), {
    command: ['npm', 'test'],
    files: ['test/a.js', 'test/b.js'],
  });
  assert.deepEqual(readArtifactCheck(artifact, '/line', null), { command: 'npm test', files: null });
  assert.deepEqual(readArtifactCheck(artifact, '/list', null), { command: ['npm', 'test'], files: null });
});

test('anything else in an artifact is no check, and the message says what one is', () => {
  for (const check of [null, 7, '', ' ', [], [''], ['a', 7], { run: null }, 'a\0b', ['x'.repeat(5_000)]])
    assert.match(
      (readArtifactCheck({ check }, '/check', null) as { problem: string }).problem,
      /is no command/,
      JSON.stringify(check),
    );
  for (const files of [null, 'a', [], ['/etc/passwd'], ['../a'], [''], [7], ['a\0']])
    assert.match(
      (readArtifactCheck({ check: 'true', files }, '/check', '/files') as { problem: string }).problem,
      /no list of files/,
    );
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), fc.string(), (value, pointer, files) => {
      readArtifactCheck(value as never, pointer, files);
    }),
  );
});
