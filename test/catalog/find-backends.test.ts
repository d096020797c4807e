import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tempCatalog } from './support/temp-catalog.js';

const backend = (line: string): Record<string, string> => ({
  'backends.yaml': `backends:\n  main:\n    apiKeyEnv: MAIN_KEY\n    prices: {}\n    ${line}\n`,
});

test('S05 S25: backends are read by name; one that is not there is refused with the nearest name', async (t) => {
  const catalog = await tempCatalog(t, backend('baseUrl: https://models.example.com/v1'));
  const backends = await catalog.backends();
  assert.equal(backends.main?.apiKeyEnv, 'MAIN_KEY');
  assert.ok(!Reflect.has(backends, 'constructor'));
  assert.ok(!('toString' in (backends.main?.prices ?? {})), 'a model called toString has no price');
  await assert.rejects(catalog.backend('mian'), { code: 'backend_not_found', message: /did you mean main\?/ });
});

test('a base URL with a password, or none, and a lower-case variable are refused at their place', async (t) => {
  for (const [line, place] of [
    ['baseUrl: https://user:pass@models.example.com/v1', /backends\.yaml:5:14: \/backends\/main\/baseUrl/],
    ['baseUrl: ftp://models.example.com', /backends\.yaml:5:14/],
    ['baseURL: https://models.example.com', /backends\.yaml:5:5: .*did you mean "baseUrl"\?/],
  ] as const) {
    const catalog = await tempCatalog(t, backend(line));
    await assert.rejects(catalog.backends(), { code: 'backends_invalid', message: place });
  }
});

test('a backends file that is missing, a folder or too large is refused', async (t) => {
  const catalog = await tempCatalog(t, {});
  await assert.rejects(catalog.backends(), { code: 'backends_invalid', message: /ENOENT/ });
  const large = await tempCatalog(t, { 'backends.yaml': `# ${'x'.repeat(600_000)}` });
  await assert.rejects(large.backends(), { code: 'backends_invalid', message: /the limit is/ });
});
