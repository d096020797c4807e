import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readArtifactJson } from '../../src/domain/artifact-intake.js';

const bytes = (text: string) => new TextEncoder().encode(text);

const REFUSED: [name: string, text: string | Uint8Array, reason: string, message: RegExp][] = [
  ['empty', '', 'empty', /empty/],
  ['white space only', ' \n\t ', 'empty', /empty/],
  ['not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]), 'not_utf8', /UTF-8/],
  ['UTF-16', new Uint8Array([0xff, 0xfe, 0x7b, 0x00]), 'not_utf8', /UTF-8/],
  ['prose', 'Here is the artifact', 'not_json', /line 1, column 1/],
  ['a missing value', '{"a":\n  }', 'not_json', /line 2, column 3/],
  ['cut off', '{"a": "b', 'not_json', /line 1/],
  ['a trailing comma', '[1,\n2,]', 'not_json', /line 2, column 3/],
  ['a comment', '{} // fine', 'trailing_text', /line 1, column 4/],
  ['a raw line feed in a string', '{"a": "x\ny"}', 'not_json', /control character/],
  ['NaN', '{"a": NaN}', 'non_finite_number', /column 7: NaN/],
  ['a number beyond the largest', '[1, 1e400]', 'non_finite_number', /column 5: 1e400 is not a finite number/],
  ['a number of 400 digits', `[${'9'.repeat(400)}]`, 'non_finite_number', /column 2: 9{20}…/],
  ['-Infinity', '[1, -Infinity]', 'non_finite_number', /-Infinity/],
  ['a duplicate key', '{"a": 1, "b": 2, "a": 3}', 'duplicate_key', /column 18: the key "a"/],
  ['a duplicate key after unescaping', '{"a": 1, "\\u0061": 2}', 'duplicate_key', /the key "a"/],
  ['a duplicate key deep down', '{"x": [{"a": 1, "a": 2}]}', 'duplicate_key', /the key "a"/],
  ['__proto__ twice', '{"__proto__": 1, "__proto__": 2}', 'duplicate_key', /__proto__/],
  ['text after the value', '{"a": 1}\nDone!', 'trailing_text', /line 2, column 1/],
  ['two values', '{"a": 1}{"b": 2}', 'trailing_text', /line 1, column 9/],
  ['nesting without end', '['.repeat(500_000), 'too_deep', /deeper than 64/],
  ['a fence that does not enclose everything', 'Look:\n```json\n{}\n```', 'not_json', /line 1/],
  ['a fence with text after it', '```json\n{}\n```\nthat was it', 'not_json', /line 1/],
];

for (const [name, text, reason, message] of REFUSED) {
  test(`S11, S12: ${name} is refused as ${reason}`, () => {
    const intake = readArtifactJson(typeof text === 'string' ? bytes(text) : text);
    assert.ok(!intake.ok);
    assert.equal(intake.reason, reason);
    assert.match(intake.message, message);
  });
}

test('a BOM and one fence around the whole file are put right and named', () => {
  assert.deepEqual(readArtifactJson(bytes('\uFEFF{"a": 1}')), {
    ok: true,
    value: { a: 1 },
    text: '{"a": 1}',
    normalised: ['bom'],
  });
  assert.deepEqual(readArtifactJson(bytes('```json\n{"a": 1}\n```\n')), {
    ok: true,
    value: { a: 1 },
    text: '{"a": 1}',
    normalised: ['markdown_fence'],
  });
  assert.deepEqual(readArtifactJson(bytes('\uFEFF~~~\r\n[]\r\n~~~')), {
    ok: true,
    value: [],
    text: '[]\r',
    normalised: ['bom', 'markdown_fence'],
  });
});

test('backticks inside strings are never touched', () => {
  const value = { text: '```json\n{}\n```', more: 'a `b` c' };
  const plain = JSON.stringify(value);
  assert.deepEqual(readArtifactJson(bytes(plain)), { ok: true, value, text: plain, normalised: [] });
  const fenced = readArtifactJson(bytes(`\`\`\`json\n${plain}\n\`\`\``));
  assert.deepEqual(fenced, { ok: true, value, text: plain, normalised: ['markdown_fence'] });
});

test('every JSON value is read as what it is', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.boolean(), (value, fence) => {
      const text = JSON.stringify(value, null, 1);
      const intake = readArtifactJson(bytes(fence ? `\`\`\`\n${text}\n\`\`\`` : text));
      assert.ok(intake.ok);
      assert.equal(JSON.stringify(intake.value), JSON.stringify(value));
    }),
  );
});

test('no bytes make it throw, and it stays quick', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (data) => void readArtifactJson(data)));
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '1', '`', '\n', ' ', '\\', 'N'),
        maxLength: 60,
      }),
      (text) => void readArtifactJson(bytes(text)),
    ),
  );
  const started = performance.now();
  for (const nasty of [
    '```' + ' '.repeat(1_000_000) + 'x',
    '```\n' + ' '.repeat(1_000_000),
    '```\n{}\n```' + ' \t'.repeat(400_000) + 'x',
  ])
    readArtifactJson(bytes(nasty));
  assert.ok(performance.now() - started < 30_000);
});
