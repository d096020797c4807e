import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { renderArtifactText } from '../../../src/domain/render/render-artifact.js';
import type { JsonValue } from '../../../src/domain/text/json.js';
import { anyText } from '../../support/any-text.js';

const plain = (_what: string, text: string): string => text;

test('an artifact as text: headline, fields by their titles, lists, tables as items, lines as wide as the terminal', () => {
  const schemas = {
    'urn:x': {
      $id: 'urn:x',
      type: 'object',
      properties: {
        verdict: { enum: ['approve', 'change'] },
        summary: { type: 'string' },
        findings: { type: 'array', items: { type: 'object', properties: { file: {}, what: {} } } },
        notes: { type: 'array', title: 'Other notes', items: { type: 'string' } },
      },
    },
  };
  const value = {
    notes: ['one', 'two'],
    findings: [
      { what: 'wrong', file: 'a.ts' },
      { what: 'a longer text that does not fit into one line of this width', file: 'b.ts' },
    ],
    summary: 'Good work.',
    verdict: 'approve',
  };
  const { text } = renderArtifactText(schemas, 'urn:x', value, { width: 40, mark: plain });
  assert.match(text, /^Verdict: approve\nGood work\.\n/);
  assert.match(text, /Findings\n- File: a\.ts\n {2}What: wrong\n- File: b\.ts\n/);
  assert.match(text, /\nOther notes: one, two$/);
  for (const line of text.split('\n')) assert.ok(line.length <= 40, line);
});

test('whatever an artifact has in it, nothing of it controls a terminal', () => {
  fc.assert(
    fc.property(fc.jsonValue(), anyText({ maxLength: 60 }), fc.integer({ min: 1, max: 200 }), (value, text, width) => {
      const both = { [text]: [text, value as JsonValue, { a: text }] } as unknown as JsonValue;
      const shown = renderArtifactText({}, 'urn:none', both, { width, mark: plain }).text;
      assert.doesNotMatch(shown, /[^\n\P{Cc}]|[\p{Cf}\u2028\u2029]/u);
    }),
    { numRuns: 200 },
  );
});
