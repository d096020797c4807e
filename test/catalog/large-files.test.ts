// Alone in its process: it measures how long the thread is held.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Catalog } from '../../src/catalog/catalog.js';
import { MAX_HOLD_MS, longestHold } from '../support/longest-hold.js';
import { changeJobTime } from '../support/job-time.js';
import { PERSONA, tempCatalog, TEMPLATE } from './support/temp-catalog.js';

changeJobTime(10);

/** Nobody waits long for the refusal of a file, even where other processes want the same cores. */
const MAX_WAIT_MS = 60_000;
const KB = 1_000;

const filled = (line: (n: number) => string, size: number): string => {
  const lines: string[] = [];
  for (let length = 0; length < size; length += (lines.at(-1) ?? '').length) lines.push(line(lines.length));
  return lines.join('');
};
const template = (catalog: Catalog): Promise<unknown> => catalog.template('small');
const personas = (catalog: Catalog): Promise<unknown> => catalog.personas();
const backends = (catalog: Catalog): Promise<unknown> => catalog.backends();
const schema = (catalog: Catalog): Promise<unknown> => catalog.schemaClosure('urn:t:large');
const SCHEMA = '$id: urn:t:large\n';
const PRICE = '{ inputPer1k: 1, outputPer1k: 2 }';

/** What a person may write, or be given to use. */
const FILES: [name: string, file: string, text: string, use: (catalog: Catalog) => Promise<unknown>, says: RegExp][] = [
  ['a list of 64 kB', 'templates/small.yaml', filled(() => '- 1\n', 64 * KB), template, /small.yaml:1:1: .*object/],
  ['a list of 500 kB', 'templates/small.yaml', filled(() => '- 1\n', 500 * KB), template, /more than 50000 keys/],
  [
    'numbers in place of phases',
    'templates/small.yaml',
    `name: small\nversion: "1"\nphases:\n${filled(() => '- 1\n', 70 * KB)}`,
    template,
    /small.yaml:4:3: \/phases\/0: expected object/,
  ],
  [
    'roles without end',
    'templates/small.yaml',
    `${TEMPLATE}roles:\n${filled((n) => `  r${n}: thinker\n`, 140 * KB)}`,
    template,
    /small.yaml:\d+:\d+: \/roles/,
  ],
  ['keys of 80 kB', 'personas/a.yaml', filled((n) => `k${n}: 1\n`, 80 * KB), personas, /unknown field "k0"/],
  [
    'a key twice among many',
    'personas/a.yaml',
    filled((n) => `k${n % 15_000}: 1\n`, 160 * KB),
    personas,
    /a.yaml:15001:1: Map keys must be unique/,
  ],
  [
    'backends without any field',
    'backends.yaml',
    `backends:\n${filled((n) => `  b${n}: {}\n`, 70 * KB)}`,
    backends,
    /backends.yaml:2:\d+: \/backends\/b0/,
  ],
  [
    'prices of thousands of models',
    'backends.yaml',
    `backends:\n  a:\n    baseUrl: http://127.0.0.1\n    apiKeyEnv: KEY\n    prices:\n${filled((n) => `      m${n}: ${PRICE}\n`, 120 * KB)}`,
    backends,
    /^fine$/,
  ],
  ['flow lists', 'templates/small.yaml', `[${filled(() => '[],', 500 * KB)}]`, template, /more than 50000 keys/],
  ['deep nesting', 'templates/small.yaml', '['.repeat(500 * KB), template, /nested deeper than 64 levels/],
  ['deep nesting in blocks', 'templates/small.yaml', '- '.repeat(250 * KB), template, /nested deeper than 64 levels/],
  ['keys of keys', 'templates/small.yaml', '? '.repeat(250 * KB), template, /nested deeper than 64 levels/],
  [
    'stairs',
    'templates/small.yaml',
    filled((n) => `${' '.repeat(n)}a:\n`, 400 * KB),
    template,
    /nested deeper than 64 levels/,
  ],
  [
    'aliases without end',
    'templates/small.yaml',
    filled((n) => `- &a${n} 1\n- *a${n}\n`, 300 * KB),
    template,
    /more than 1000 aliases/,
  ],
  [
    'aliases that multiply',
    'templates/small.yaml',
    `a0: &a0 [x]\n${Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]\n`).join('')}`,
    template,
    /its aliases refer to themselves, or multiply/,
  ],
  ['text without end', 'personas/thinker.yaml', `${PERSONA}x: |\n${filled(() => ' a\n', 490 * KB)}`, personas, /"x"/],
  ['anchors without end', 'templates/small.yaml', '&a '.repeat(80 * KB), template, /small.yaml:1/],
  ['nothing but comments', 'templates/small.yaml', '#\n'.repeat(120 * KB), template, /small.yaml:1:1: .*null/],
  [
    'a schema of 40,000 keys',
    'schemas/a.json',
    `{"$id":"urn:t:large",${filled((n) => `"k${n}":1,`, 480 * KB)}"z":1}`,
    schema,
    /more than 50000 keys/,
  ],
  [
    'a schema of thousands of wrong keys',
    'schemas/a.yaml',
    `${SCHEMA}${filled((n) => `k${n}: 1\n`, 25 * KB)}`,
    schema,
    /a.yaml:2:1: .*unknown keyword/,
  ],
  [
    'a schema of references',
    'schemas/a.yaml',
    `${SCHEMA}allOf:\n${filled((n) => `- $ref: urn:t:none${n}\n`, 300 * KB)}`,
    schema,
    /a.yaml:3:9: \/allOf\/0\/\$ref: no schema "urn:t:none0"/,
  ],
  [
    'broken JSON',
    'templates/small.json',
    `{"name":"small",${filled((n) => `"k${n}":1,`, 480 * KB)}`,
    template,
    /small.json:1:\d+: /,
  ],
];
for (const [name, file, text, use, says] of FILES) {
  test(`no catalog file holds the thread of all runs for more than 100 ms: ${name}`, async (t) => {
    const catalog = await tempCatalog(t, { [file]: text });
    let said = '';
    const started = performance.now();
    const held = await longestHold(async () => {
      said = await use(catalog).then(
        () => 'fine',
        (error: Error) => error.message,
      );
    });
    t.diagnostic(`held for ${Math.round(held)} ms`);
    assert.match(said.slice(0, 2_000), says);
    assert.ok(held <= MAX_HOLD_MS, `held for ${held} ms`);
    assert.ok(performance.now() - started <= MAX_WAIT_MS, `took ${performance.now() - started} ms`);
  });
}

test('a folder of many files does not either, and its slow files hurt only runs that use them', async (t) => {
  const files = Object.fromEntries(
    Array.from({ length: 300 }, (_, n) => [`templates/t${n}.yaml`, TEMPLATE.replace('small', `t${n}`)]),
  );
  const catalog = await tempCatalog(t, { ...files, 'templates/slow.yaml': '['.repeat(500 * KB) });
  const held = await longestHold(() => catalog.template('t7'));
  assert.ok(held <= MAX_HOLD_MS, `held for ${held} ms`);
  await assert.rejects(catalog.template('slow'), /nested deeper than 64 levels/);
});
