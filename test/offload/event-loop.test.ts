// Alone in its process: it measures how long the thread is held.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { judgeArtifact } from '../../src/activities/phase/judge-artifact.js';
import type { AgentTool } from '../../src/agent/tools/agent-tool.js';
import { editFile } from '../../src/agent/tools/files/edit-file.js';
import { glob } from '../../src/agent/tools/search/glob.js';
import { grep } from '../../src/agent/tools/search/grep.js';
import { readFile } from '../../src/agent/tools/files/read-file.js';
import type { JsonObject } from '../../src/domain/text/json.js';
import { openConfinedFolder } from '../../src/workspace/confined/confined-folder.js';
import { MAX_HOLD_MS, longestHold } from '../support/longest-hold.js';
import { changeJobTime } from '../support/job-time.js';

const MAX_BYTES = 1024 * 1024;
let root: string;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'phasegate-hold-'));
  await mkdir(join(root, 'artifacts'));
  await mkdir(join(root, 'repo'));
});
after(() => rm(root, { recursive: true, force: true }));

const list = (count: number, item: string): string => `[${Array.from({ length: count }, () => item).join()}]`;
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

/** Recursion with two ways at every level: 2^depth comparisons. */
const EXPLODING: JsonObject = {
  $ref: '#/$defs/n',
  $defs: {
    n: {
      anyOf: [
        { items: { $ref: '#/$defs/n' }, minItems: 1 },
        { items: { $ref: '#/$defs/n' }, minItems: 1, type: 'array' },
        { const: 1 },
      ],
    },
  },
};

/** What an agent may write, and a person may ask for, that took seconds to years. */
const ARTIFACTS: [name: string, schema: JsonObject, text: string, reason: RegExp | null][] = [
  ['a slow pattern and 50 characters', { items: { pattern: '^(\\w+\\s?)*$' } }, `["${'a'.repeat(50)}!"]`, /schema/],
  ['a slow pattern and a long text', { items: { pattern: '^(a|aa)+$' } }, `["${'a'.repeat(1_000_000)}"]`, null],
  [
    'patternProperties',
    { patternProperties: { '^(a+)+$': true }, additionalProperties: false },
    `{"${'a'.repeat(60)}!": 1}`,
    /schema/,
  ],
  ['the largest list of numbers', { items: { type: 'integer' } }, list(500_000, '1'), null],
  ['half a million errors', { items: { type: 'string' } }, list(500_000, '1'), /schema/],
  ['objects without end', { type: 'array' }, list(140_000, '{"":1}'), null],
  [
    'unique objects',
    { uniqueItems: true },
    JSON.stringify(Array.from({ length: 75_000 }, (_, n) => ({ n }))),
    /takes_too_long/,
  ],
  ['anyOf that explodes', EXPLODING, '['.repeat(60) + '2' + ']'.repeat(60), /schema|takes_too_long/],
  ['contains', { contains: { type: 'object' }, maxContains: 3 }, list(500_000, '1'), /schema/],
  ['a URL of colons', { items: { format: 'url' } }, `["http://${'a:'.repeat(400_000)}"]`, /schema/],
  ['deep nesting', { type: 'array' }, nested(500_000), /too_deep/],
  ['a text that ends early', { type: 'array' }, list(500_000, '1').slice(0, -1), /not_json/],
  ['one key 100,000 times', { type: 'object' }, `{${list(100_000, '"a":1').slice(1, -1)}}`, /duplicate_key/],
  [
    '100,000 keys',
    { type: 'object', maxProperties: 5 },
    `{${Array.from({ length: 70_000 }, (_, n) => `"k${n}":1`).join()}}`,
    /schema/,
  ],
];

for (const [name, schema, text, reason] of ARTIFACTS) {
  test(`no artifact holds the thread of all runs for more than 100 ms: ${name}`, async (t) => {
    t.after(changeJobTime(reason?.test('takes_too_long') ? 0.2 : 10));
    await writeFile(join(root, 'artifacts/a.json'), text);
    const task = {
      path: 'artifacts/a.json',
      schemaId: 'urn:t:hold',
      schemas: { 'urn:t:hold': { $id: 'urn:t:hold', ...schema } },
    };
    const found = new Set<string>();
    const held = await longestHold(async () =>
      found.add((await judgeArtifact(task, root, MAX_BYTES)).problem?.reason ?? 'none'),
    );
    assert.equal(found.size, 1);
    assert.match([...found][0] ?? '', reason ?? /^none$/);
    assert.ok(held <= MAX_HOLD_MS, `held for ${held} ms`);
  });
}

const TOOLS: [name: string, tool: AgentTool, args: object][] = [
  ['a slow expression', grep, { pattern: '(a|aa)+$' }],
  ['a slow glob', glob, { pattern: `${'*a'.repeat(12)}*b` }],
  ['a glob of alternatives', glob, { pattern: `${'{a,aa}'.repeat(30)}b` }],
  ['nested quantifiers in a glob', glob, { pattern: '+(a|aa)+(a|aa)+(a|aa)+(a|aa)b' }],
  ['a search of many files', grep, { pattern: 'never there', path: 'repo/many' }],
  [
    'an edit of 4 MiB that matches nearly everywhere',
    editFile,
    { path: 'repo/huge', oldText: `b${'a'.repeat(1_000_000)}`, newText: 'c' },
  ],
  ['an edit of 4 MiB at every place', editFile, { path: 'repo/huge', oldText: 'a', newText: 'aa\n', replaceAll: true }],
  [
    'an edit of 2 million line ends',
    editFile,
    { path: 'repo/lines', oldText: '\n', newText: '\n\n', replaceAll: true },
  ],
  ['reading 4 MiB of line ends', readFile, { path: 'repo/lines', offset: 1_000_000 }],
];

test('no argument of a tool does', async (t) => {
  await writeFile(join(root, 'repo', 'a'.repeat(200)), `${'a'.repeat(200)}!\n`);
  await mkdir(join(root, 'repo/many'));
  for (let n = 0; n < 40; n++) await writeFile(join(root, 'repo/many', `f${n}`), `${'x'.repeat(99)}\n`.repeat(10_000));
  await writeFile(join(root, 'repo/huge'), 'a'.repeat(4 * 1024 * 1024));
  await writeFile(join(root, 'repo/lines'), '\r\n'.repeat(2 * 1024 * 1024));
  const context = {
    folder: openConfinedFolder(root, { mayWrite: () => 'not now' }),
    signal: new AbortController().signal,
    wrote: () => undefined,
  };
  for (const [name, tool, args] of TOOLS) {
    await t.test(name, async () => {
      const held = await longestHold(() =>
        tool.run(args, context).catch((error: Error) => assert.match(error.name, /ToolRefusal|PathRefused/)),
      );
      assert.ok(held <= MAX_HOLD_MS, `held for ${held} ms`);
    });
  }
});
