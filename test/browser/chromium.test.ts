import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { findChromium } from './support/chromium.js';

test('Chromium is the one that PHASEGATE_CHROMIUM names, else the first on PATH', (t) => {
  const [empty, full] = [folder(t), folder(t)];
  const [browser, other] = [program(full, 'chromium-browser'), program(full, 'my-browser')];
  assert.equal(findChromium({ PATH: [empty, full].join(delimiter) }), browser);
  assert.equal(findChromium({ PATH: full, PHASEGATE_CHROMIUM: other }), other);
});

test('without a browser none is found, and that is an error where one is required', (t) => {
  const PATH = folder(t);
  assert.equal(findChromium({ PATH }), undefined);
  assert.throws(
    () => findChromium({ PATH, PHASEGATE_REQUIRE_BROWSER: '1' }),
    /PHASEGATE_REQUIRE_BROWSER is 1, and there is no chromium/,
  );
  assert.throws(() => findChromium({ PATH, PHASEGATE_CHROMIUM: join(PATH, 'gone') }), /PHASEGATE_CHROMIUM is .*gone/);
});

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'phasegate-test-'));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

function program(place: string, name: string): string {
  const file = join(place, name);
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, 0o755);
  return file;
}
