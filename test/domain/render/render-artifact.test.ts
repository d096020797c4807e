import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { renderArtifact, renderArtifactHtml } from '../../../src/domain/render/render-artifact.js';
import type { JsonObject, JsonValue } from '../../../src/domain/text/json.js';
import { PACKAGE_ROOT } from '../../../src/package-root.js';
import { liveNodes, structureOf } from '../support/markdown-structure.js';
import { anySchema, anyValue, LIVE_TEXTS } from './support.js';

const FOLDER = path.join(PACKAGE_ROOT, 'schemas', 'artifacts');
const OWN: Record<string, JsonObject> = Object.fromEntries(
  readdirSync(FOLDER).map((file) => {
    const schema = JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8')) as JsonObject;
    return [typeof schema.$id === 'string' ? schema.$id : file, schema];
  }),
);
/** All that the HTML writer makes. Texts from outside can make no tag, and no attribute of one. */
const OWN_TAGS =
  /<\/?(?:h[4-6]|p|b|ul|li|div|table|tr|td|th|code)(?: class="(?:verdict|text|note|wide)")?(?: dir="auto")?>/g;
const size = (text: string): number => Buffer.byteLength(text);

test('the fields stand in the order of the schema, with its titles, and the headline comes first', () => {
  const schemas = {
    'urn:x': {
      $id: 'urn:x',
      allOf: [{ properties: { verdict: { enum: ['good', 'bad'] } } }],
      properties: {
        outOfScope: { type: 'array' },
        risks: { title: 'What may go wrong', type: 'array', items: { $ref: 'urn:risk' } },
        place: { $ref: 'urn:place' },
      },
    },
    'urn:risk': { properties: { name: { title: 'Risk' }, how_bad: {} } },
    'urn:place': { title: 'Location', properties: { path: {}, line: {} } },
  };
  const value: JsonObject = {
    extra: 'unknown fields come last',
    place: { line: 3, path: 'src/a.ts' },
    risks: [
      { how_bad: 'very', name: 'fire' },
      { name: 'water', how_bad: 'little', more: true },
    ],
    summary: 'It is done.\n\nSee `a < b`.',
    verdict: 'good',
    outOfScope: [],
  };
  const { headline, markdown, cut } = renderArtifact(schemas, 'urn:x', value);
  assert.deepEqual(headline, { summary: 'It is done.\n\nSee `a < b`.', verdict: { name: 'verdict', value: 'good' } });
  assert.equal(cut, false);
  assert.equal(
    markdown,
    [
      '**Verdict: good**',
      'It is done.\n\nSee `a < b`.',
      '**Out of scope:** none',
      '#### What may go wrong',
      '| Risk | How bad | More |\n| --- | --- | --- |\n| fire | very |  |\n| water | little | yes |',
      '**Place:** Path\\: src/a.ts · Line\\: 3',
      '**Extra:** unknown fields come last',
    ].join('\n\n'),
  );
  const { html } = renderArtifactHtml(schemas, 'urn:x', value);
  assert.match(html, /<p class="verdict" dir="auto">Verdict: <b>good<\/b><\/p>/);
  assert.match(html, /<code>a &lt; b<\/code>/);
  assert.match(html, /<tr><td dir="auto">fire<\/td><td dir="auto">very<\/td><td dir="auto"><\/td><\/tr>/);
});

test('every example of our schemas is shown whole: each of its texts can be found', () => {
  for (const [id, schema] of Object.entries(OWN)) {
    for (const example of schema.examples as JsonValue[]) {
      const { html, cut } = renderArtifactHtml(OWN, id, example);
      const { markdown } = renderArtifact(OWN, id, example);
      assert.equal(cut, false, id);
      const plain = decoded(html.replace(/<[^>]*>/g, ''));
      for (const text of textsOf(example)) {
        const words = text.replaceAll('`', '');
        assert.ok(plain.includes(words), `${id}: ${words}`);
        assert.ok(markdown.replace(/[\\`\u200B]/g, '').includes(words), `${id} in Markdown: ${words}`);
      }
    }
  }
});

test('only a verdict whose schema lists its values is a headline, and no member of a list is one', () => {
  const schemas = { 'urn:x': { properties: { verdict: { type: 'string' }, list: {}, inner: {} } } };
  const value = { verdict: 'free words', list: [{ summary: 'of one' }], inner: { summary: 'of the whole' } };
  assert.deepEqual(renderArtifact(schemas, 'urn:x', value).headline, { summary: 'of the whole', verdict: null });
});

test('any value with any schema is shown in bounds, and nothing of it is live', () => {
  fc.assert(
    fc.property(anySchema, anyValue, fc.integer({ min: 500, max: 3_000 }), (schema, value, bytes) => {
      const schemas = { 'urn:x': schema };
      const { markdown } = renderArtifact(schemas, 'urn:x', value, { bytes });
      assert.ok(size(markdown) <= bytes, `${size(markdown)} of ${bytes}`);
      assert.deepEqual(liveNodes(markdown), [], markdown);
      assert.doesNotMatch(markdown.replace(/`[^`\n]*`/g, '').replace(/\\[\s\S]/g, ''), /\$/, 'mathematics');
      const { html } = renderArtifactHtml(schemas, 'urn:x', value, { bytes });
      assert.ok(size(html) <= bytes, `${size(html)} of ${bytes}`);
      assert.doesNotMatch(html.replace(OWN_TAGS, ''), /[<>"'`]/, html);
    }),
    { numRuns: 150 },
  );
});

test('what is live elsewhere is shown as words, in every place', () => {
  const schemas = { 'urn:x': { properties: { verdict: { enum: LIVE_TEXTS } } } };
  for (const text of LIVE_TEXTS) {
    const { markdown } = renderArtifact(schemas, 'urn:x', place(text, text));
    assert.deepEqual(liveNodes(markdown), [], markdown);
    if (/[`\n]/.test(text)) continue;
    const benign = renderArtifact({ 'urn:x': {} }, 'urn:x', place(text.replace(/[^\s,]/g, 'w')));
    assert.equal(structureOf(markdown), structureOf(`**Verdict: w**\n\n${benign.markdown}`), markdown);
  }
});

test('of an artifact that is too long the beginning is shown, and that it is cut is said', () => {
  const value = { summary: 'x', list: Array.from({ length: 500 }, (_, n) => ({ n, text: 'words '.repeat(40) })) };
  const { markdown, cut } = renderArtifact({}, 'urn:none', value, { bytes: 6_000 });
  assert.equal(cut, true);
  assert.ok(size(markdown) > 3_000 && size(markdown) <= 6_000, String(size(markdown)));
  assert.match(markdown, /\*The rest is left out here\.\*$/);
});

test('long and deep artifacts take linear time', () => {
  const took = (value: JsonValue, schema: JsonObject = {}): number => {
    const began = performance.now();
    renderArtifact({ 'urn:x': schema }, 'urn:x', value, { bytes: 2_000_000, rows: 1_000_000 });
    return performance.now() - began;
  };
  let deep: JsonValue = 'x';
  for (let n = 0; n < 50_000; n++) deep = [deep];
  const many: JsonObject = { $ref: '#', properties: {} };
  for (let n = 0; n < 5_000; n++) (many.properties as JsonObject)[`p${n}`] = { $ref: '#', allOf: [{ $ref: '#' }] };
  const rows = Array.from({ length: 15_000 }, (_, n) => ({ p1: { p2: { p3: n } }, p4: 'x' }));
  const slowest = Math.max(
    took(deep),
    took('`'.repeat(1_000_000)),
    took('\n\\'.repeat(150_000)),
    took('`a '.repeat(300_000)),
    took(Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`k${n}`, n]))),
    took(rows, many),
  );
  // some hundred milliseconds each; with the square of the length it would be minutes
  assert.ok(slowest < 20_000, `${Math.round(slowest)} ms`);
});

function place(text: string, verdict?: string): JsonObject {
  return {
    ...(verdict === undefined ? {} : { verdict }),
    summary: text,
    field: text,
    long: [text, `${text} ${'x '.repeat(200)}`],
    table: [{ a: text, b: text }],
    nested: { deeper: { list: [[text]], object: { a: text, b: [{ c: [text, text] }] } } },
  };
}

function textsOf(value: JsonValue): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((member) => textsOf(member));
}

function decoded(html: string): string {
  const marks: Record<string, string> = { '&#39;': "'", '&quot;': '"', '&lt;': '<', '&gt;': '>', '&amp;': '&' };
  return html.replace(/&[^;]+;/g, (entity) => marks[entity] ?? entity);
}
