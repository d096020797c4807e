import assert from 'node:assert/strict';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { glob } from '../../src/agent/tools/search/glob.js';
import { grep } from '../../src/agent/tools/search/grep.js';
import { ls } from '../../src/agent/tools/search/ls.js';
import { byName } from '../../src/workspace/confined/by-name.js';
import { openConfinedFolder } from '../../src/workspace/confined/confined-folder.js';
import { MAX_HOLD_MS, longestHold } from '../support/longest-hold.js';

const ENTRIES = 100_000;
/** Linux makes so many files there in a second; on a disk they take half a minute. */
const IN_MEMORY = '/dev/shm';

test('no folder holds the thread of all runs for more than 100 ms', async (t) => {
  const root = mkdtempSync(join(existsSync(IN_MEMORY) ? IN_MEMORY : tmpdir(), 'phasegate-large-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'repo'));
  // long names that differ at their ends, in no order
  for (let n = 0; n < ENTRIES; n++)
    closeSync(openSync(join(root, 'repo', `${'x'.repeat(190)}${(n * 7_919) % ENTRIES}`), 'w'));
  const context = {
    folder: openConfinedFolder(root, { mayWrite: () => 'not now' }),
    signal: new AbortController().signal,
    wrote: () => undefined,
  };
  for (const tool of [ls, glob, grep]) {
    await t.test(tool.name, async () => {
      const args = { path: 'repo', ...(tool === ls ? {} : { pattern: 'never there' }) };
      const held = await longestHold(() => tool.run(args, context));
      assert.ok(held <= MAX_HOLD_MS, `held for ${held} ms`);
    });
  }
});

test('many entries are sorted as few are', async () => {
  const entries = Array.from({ length: 20_000 }, (_, n) => ({ name: `n${(n * 7_919) % 20_000}`, n }));
  assert.deepEqual(
    (await byName(entries)).map(({ name }) => name),
    entries.map(({ name }) => name).sort(),
  );
  assert.deepEqual(await byName([]), []);
});
