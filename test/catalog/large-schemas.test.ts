// Alone in its process: it measures how long the thread is held.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/domain/text/json.js';
import { MAX_HOLD_MS, longestHold } from '../support/longest-hold.js';
import { changeJobTime } from '../support/job-time.js';
import { tempCatalog } from './support/temp-catalog.js';

changeJobTime(10);

const ID = 'urn:t:large';
const many = (count: number, member: (n: number) => JsonObject[string]): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`name${n}`, member(n)]));

const SCHEMAS: [name: string, schema: JsonObject, says: RegExp][] = [
  ['4,000 properties', { properties: many(4_000, () => ({ type: 'string', minLength: 1 })) }, /^fine$/],
  [
    '250 patterns of many characters',
    { anyOf: Array.from({ length: 250 }, (_, n) => ({ pattern: `[\\p{L}\\p{N}${n}]+\\p{Lu}{3}` })) },
    /^fine$/,
  ],
  ['5,000 unknown keywords', many(5_000, () => 1), /unknown keyword/],
  ['5,000 wrong types', { properties: many(5_000, () => ({ type: 'strng' })) }, /properties\/name0\/type/],
];
for (const [name, schema, says] of SCHEMAS) {
  test(`no schema holds the thread of all runs for more than 100 ms when it is planned: ${name}`, async (t) => {
    const catalog = await tempCatalog(t, { 'schemas/a.schema.json': JSON.stringify({ $id: ID, ...schema }) });
    let said = '';
    const plan = async (): Promise<void> => {
      said = await catalog.schemaClosure(ID).then(
        () => 'fine',
        (error: Error) => error.message,
      );
    };
    const held = await longestHold(plan);
    assert.match(said, says);
    assert.ok(held <= MAX_HOLD_MS, `held for ${held} ms`);
  });
}
