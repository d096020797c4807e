import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkRunInput, MAX_REQUIREMENTS_BYTES } from '../../src/catalog/check-run-input.js';
import { PhasegateError } from '../../src/domain/failures.js';

const GOOD = { template: 'feature', repoPath: '/srv/repo', requirements: 'Do it.' };

function failure(value: unknown): PhasegateError {
  try {
    checkRunInput(value);
  } catch (error) {
    if (error instanceof PhasegateError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

test('S01: a good input comes back as it is, without what editors need', () => {
  const full = {
    ...GOOD,
    baseBranch: 'main',
    objective: 'Títle',
    extra: { a: [1, null] },
    overrides: { reviewer: 'x' },
    budgetUsd: 0.5,
  };
  assert.deepEqual(checkRunInput({ $schema: './schema.json', ...full }), full);
});

test('requirements may be in any script and have control characters; white space alone is refused', () => {
  for (const requirements of ['日本語', 'שלום', '\u0000\u0001\u001b[31m', '🙂', 'a\r\nb'])
    assert.equal(checkRunInput({ ...GOOD, requirements }).requirements, requirements);
  for (const requirements of ['', ' \n\t\u00a0\u2003', undefined])
    assert.equal(failure({ ...GOOD, requirements }).code, 'requirements_empty');
});

test('requirements are measured in bytes of UTF-8', () => {
  assert.ok(checkRunInput({ ...GOOD, requirements: 'é'.repeat(MAX_REQUIREMENTS_BYTES / 2) }));
  assert.equal(
    failure({ ...GOOD, requirements: 'é'.repeat(MAX_REQUIREMENTS_BYTES / 2) + 'x' }).code,
    'requirements_too_large',
  );
  assert.equal(failure({ ...GOOD, extra: { blob: 'x'.repeat(2_000_000) } }).code, 'input_too_large');
  const many = failure({ ...GOOD, extra: { list: Array.from({ length: 60_000 }, () => []) } });
  assert.equal(many.code, 'input_too_large');
  assert.match(many.message, /^the input has \d+ keys and values, the limit is 50000$/);
});

test('a missing or blank repository path has its own code', () => {
  for (const repoPath of [undefined, '', '  ']) assert.equal(failure({ ...GOOD, repoPath }).code, 'repo_path_missing');
});

test('an input that is not an object is refused, and the message says what it was', () => {
  for (const [value, found] of [
    ['text', /"text"/],
    [[GOOD], /an array of 1/],
    [null, /null/],
    [undefined, /nothing/],
    [7, /7/],
  ] as const) {
    const { code, message } = failure(value);
    assert.equal(code, 'input_invalid');
    assert.match(message, found);
  }
});

test('an unknown field is named, with the nearest known one', () => {
  const { code, message } = failure({ ...GOOD, requirments: 'x', budget: 3 });
  assert.equal(code, 'input_invalid');
  assert.match(message, /\/requirments: unknown field "requirments", did you mean "requirements"\?/);
  assert.match(message, /\/budget: unknown field "budget", did you mean "budgetUsd"\?/);
});

test('a budget that is not a positive amount is refused', () => {
  for (const budgetUsd of [0, -1, NaN, Infinity, '5', null, 1e9]) {
    const { code, message } = failure({ ...GOOD, budgetUsd });
    assert.equal(code, 'input_invalid', String(budgetUsd));
    assert.match(message, /^\/budgetUsd: /, String(budgetUsd));
  }
});

test('several errors are told at once; of several kinds, the code is input_invalid', () => {
  const { code, message } = failure({ template: 7, requirements: ' ', overrides: { reviewer: 3 }, extra: [] });
  assert.equal(code, 'input_invalid');
  for (const path of [
    '/template: expected string; found 7',
    '/repoPath',
    '/requirements',
    '/overrides/reviewer: expected string; found 3',
    '/extra: expected object; found an array of 0',
  ]) {
    assert.ok(message.includes(path), `${path} in ${message}`);
  }
});

test('no value of any shape gets anything but a good input or a PhasegateError', () => {
  const field = fc.constantFrom(
    'template',
    'repoPath',
    'requirements',
    'budgetUsd',
    'overrides',
    'extra',
    '__proto__',
    'x',
  );
  const inputs = fc.oneof(
    fc.anything(),
    fc.jsonValue(),
    fc.dictionary(field, fc.jsonValue()).map((fields) => ({ ...GOOD, ...fields })),
  );
  fc.assert(
    fc.property(inputs, (value) => {
      try {
        const input = checkRunInput(value);
        assert.ok(input.requirements.trim() !== '' && input.repoPath !== '' && typeof input.template === 'string');
      } catch (error) {
        assert.ok(error instanceof PhasegateError, String(error));
        assert.ok(error.message.length <= 1_500);
      }
    }),
    { numRuns: 500 },
  );
});
