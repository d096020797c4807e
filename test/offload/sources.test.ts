import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseJsonSource } from '../../src/offload/json-source.js';
import { parseYamlSource } from '../../src/offload/yaml-source.js';
import { anyText } from '../support/any-text.js';

test('a key that stands twice, a second document, an unknown tag and a non-finite number are refused with their place', () => {
  const problem = (text: string): string => {
    const found = parseYamlSource(text).problem;
    return found ? `${found.line}:${found.column} ${found.message}` : 'none';
  };
  assert.match(problem('a: 1\nb: 2\na: 3\n'), /^3:1 .*unique/);
  assert.match(problem('1: a\n"1": b\n'), /^2:1 .*unique/);
  assert.match(problem('a: 1\n---\nb: 2\n'), /^2:1 .*multiple documents/);
  assert.match(problem('a: 1\nb: !secret x\n'), /^2:4 Unresolved tag/);
  assert.match(problem('a: .nan'), /NaN is not a JSON number/);
  assert.match(problem('a: [1, 2'), /^1:\d+ /);
  assert.equal(problem('a: &x 1\nb: *x\n'), 'none');
});

test('JSON with a comment, a key twice, a trailing comma or more text is refused with its place', () => {
  const place = (text: string): unknown => {
    const { problem } = parseJsonSource(text);
    return problem && [problem.line, problem.column];
  };
  assert.deepEqual(place('{\n  // hello\n}'), [2, 3]);
  assert.deepEqual(place('{"a": 1,\n "\\u0061": 2}'), [2, 2]);
  assert.deepEqual(place('{"a": 1,\n}'), [2, 1]);
  assert.deepEqual(place('{}\n{}'), [2, 1]);
  assert.equal(place('{"a": [1, 2]}'), null);
});

test('aliases that multiply or refer to themselves, and deep nesting, cost neither memory nor the process', () => {
  const rows = Array.from(
    { length: 9 },
    (_, i) =>
      `a${i}: &a${i} [${Array(9)
        .fill(i === 0 ? 'x' : `*a${i - 1}`)
        .join(', ')}]`,
  );
  const started = performance.now();
  assert.match(parseYamlSource(rows.join('\n')).problem?.message ?? '', /aliases/);
  assert.match(parseYamlSource('&a [*a]').problem?.message ?? '', /aliases/);
  assert.ok(parseYamlSource('['.repeat(20_000)).problem);
  assert.ok(parseJsonSource('['.repeat(200_000)).problem);
  assert.ok(performance.now() - started < 30_000);
});

test('no text makes a parser throw, and a pointer always leads somewhere', () => {
  const texts = fc.oneof(anyText(), fc.string({ unit: fc.constantFrom(...'{}[]:,-&*!|>%@"\'\n\t #ab1') }), fc.json());
  fc.assert(
    fc.property(texts, fc.string(), (text, pointer) => {
      for (const parse of [parseYamlSource, parseJsonSource]) {
        const document = parse(text);
        const { line, column } = document.placeOf(`/${pointer}`, 'key');
        assert.ok(line >= 0 && column >= 0);
      }
    }),
    { numRuns: 500 },
  );
});

test('JSON and YAML give the same value for the same JSON', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const json = parseJsonSource(text);
      assert.deepEqual(json.problem, null);
      assert.deepEqual(json.value, JSON.parse(text));
    }),
    { numRuns: 200 },
  );
});
