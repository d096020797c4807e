import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { loadCatalog } from '../../src/catalog/catalog.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { createTestDatabase } from '../support/database.js';
import { checkRepositoryFile } from '../../src/catalog/find-repository-file.js';
import { checkRunInput } from '../../src/catalog/check-run-input.js';
import { writeCatalog } from './yaml-blocks.js';
import { blocks, pages } from './pages.js';

test('every SQL statement of the documentation runs on the mirror', async () => {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    for (const { page, text } of pages()
      .flatMap(blocks)
      .filter(({ language }) => language === 'sql')) {
      await assert.doesNotReject(client.query(text), `${page}: ${text}`);
    }
  } finally {
    await client.end();
    await database.drop();
  }
});

test('every template, persona and backends file of the documentation is a valid one', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'phasegate-docs-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { places, names } = await writeCatalog(
    pages()
      .flatMap(blocks)
      .filter(({ language }) => language === 'yaml'),
    folder,
  );
  const catalog = loadCatalog({ ...places, schemas: path.join(PACKAGE_ROOT, 'schemas/artifacts') });
  for (const name of names) assert.equal((await catalog.template(name)).name, name);
  assert.ok((await catalog.personas()).length > 0);
  assert.ok(Object.keys(await catalog.backends()).length > 0);
});

test('every repository file and every input of the documentation is a valid one', async () => {
  const labelled = (label: string) =>
    pages()
      .flatMap(blocks)
      .filter((block) => block.label === label);
  assert.ok(labelled('repository').length > 0 && labelled('input').length > 0);
  for (const { page, text } of labelled('repository'))
    await assert.doesNotReject(checkRepositoryFile(page, Buffer.from(text), []), page);
  for (const { page, text } of labelled('input')) assert.doesNotThrow(() => checkRunInput(JSON.parse(text)), page);
});
