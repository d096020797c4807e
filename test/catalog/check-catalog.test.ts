import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { checkCatalog } from '../../src/catalog/check-catalog.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';

/** A copy of what comes with phasegate. */
function copied(t: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), 'phasegate-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const place = (name: string): string => {
    cpSync(path.join(PACKAGE_ROOT, name), path.join(folder, name), { recursive: true });
    return path.join(folder, name);
  };
  return {
    templates: place('templates'),
    personas: place('personas'),
    schemas: place('schemas/artifacts'),
    backends: place('backends.yaml'),
  };
}

test('all that comes with phasegate is in order', async (t) => {
  const findings = await checkCatalog(copied(t));
  assert.deepEqual(
    findings.filter(({ fault }) => fault !== null),
    [],
  );
  const names = findings.map(({ what }) => what);
  for (const name of ['template feature@1.0.0', 'schema urn:phasegate:artifact:design', 'personas', 'backends'])
    assert.ok(names.includes(name), `${name} is not in ${names.join(', ')}`);
});

test('every file that a run could not use is told, with its code, and the others are looked at all the same', async (t) => {
  const places = copied(t);
  const feature = path.join(places.templates, 'feature.yaml');
  writeFileSync(
    feature,
    readFileSync(feature, 'utf8').replace('urn:phasegate:artifact:design', 'urn:phasegate:artifact:desing'),
  );
  writeFileSync(path.join(places.templates, 'odd.yaml'), 'name: odd\nversion: "1"\nphases: []\n');
  const review = path.join(places.schemas, 'review.schema.json');
  const schema = JSON.parse(readFileSync(review, 'utf8')) as { examples: object[] };
  writeFileSync(review, JSON.stringify({ ...schema, examples: [{ verdict: 'perhaps' }] }));
  writeFileSync(places.backends, 'backends: 7\n');
  const findings = await checkCatalog(places);
  const faults = findings.flatMap(({ what, fault }) => (fault ? [`${what}: ${fault.code}`] : []));
  assert.deepEqual(faults.sort(), [
    'backends: backends_invalid',
    'schema urn:phasegate:artifact:desing: schema_not_found',
    'schema urn:phasegate:artifact:review: schema_invalid',
    'template odd@1: template_invalid',
  ]);
  assert.ok(findings.some(({ what, fault }) => what.startsWith('template bugfix') && fault === null));
});
