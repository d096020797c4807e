import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { headAndTail } from '../../src/domain/check/head-and-tail.js';
import { Output } from '../../src/sandbox/host/output.js';

const MOST = 2 ** 20;

test('what was written is the text, whatever the pieces were', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 9 }), (text, size) => {
      const bytes = Buffer.from(text.replaceAll('\0', ''));
      const output = new Output([]);
      for (let at = 0; at < bytes.length; at += size) output.add(bytes.subarray(at, at + size));
      assert.deepEqual([output.result().text, output.result().bytes], [bytes.toString(), bytes.length]);
    }),
  );
});

test('any bytes become valid text without NUL, of at most 1 MiB', () => {
  for (const byte of [0, 0xff, 0xe2, 0x41]) {
    for (const count of [10, MOST - 1, MOST + 1, 3 * MOST]) {
      const output = new Output([]);
      output.add(Buffer.alloc(count, byte));
      const { text, bytes } = output.result();
      assert.equal(bytes, count);
      assert.ok(Buffer.byteLength(text) <= MOST, `${byte} ${count}: ${Buffer.byteLength(text)}`);
      assert.ok(!text.includes('\0'));
      assert.equal(Buffer.from(text).toString(), text);
    }
  }
});

test('a secret is masked, wherever the pieces of the output are cut', () => {
  const secret = 's3cret-of-npm';
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 40 }), (size, before) => {
      const bytes = Buffer.from(`${'x'.repeat(before)}${secret}${secret} and ${secret}`);
      const output = new Output([secret]);
      for (let at = 0; at < bytes.length; at += size) output.add(bytes.subarray(at, at + size));
      assert.equal(output.result().text, `${'x'.repeat(before)}****** and ***`);
    }),
  );
});

test('no part of a secret is left at the places where the middle is left out', () => {
  const secret = 'abcdefghijklmnopqrstuvwxyz';
  for (let shift = 0; shift < secret.length; shift++) {
    const output = new Output([secret]);
    output.add(Buffer.alloc(shift, '.'));
    const bytes = Buffer.from(secret.repeat(3 * (MOST / secret.length)));
    for (let at = 0; at < bytes.length; at += 65_536) output.add(bytes.subarray(at, at + 65_536));
    const { text } = output.result();
    assert.match(text, /^[.*\n]*\[… about \d+ bytes left out …\][.*\n]*$/, `shift ${shift}`);
  }
});

test('a secret is masked in its other forms, and short values are left', () => {
  const output = new Output(['pass"word/1', 'line one\nline two', 'true']);
  output.add(
    Buffer.from(`pass%22word%2F1 pass\\"word/1 ${Buffer.from('pass"word/1').toString('base64')} line two true`),
  );
  assert.equal(output.result().text.replace(/=+/, ''), '*** *** *** *** true');
});

test('a secret with colours, cursor moves or other controls in it is masked, also where who reads it takes them out', () => {
  const secret = 'npm_S3cretTokenValue12345';
  const codes = ['\u001B[01;31m', '\u001B[m', '\u0007', '\r', '\u001B]8;;http://x\u0007', '\u0085', '\u0000'];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(secret.length), fc.constantFrom(...codes)), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 20 }),
      (inserted, size) => {
        let text = secret;
        for (const [at, code] of inserted) text = text.slice(0, at) + code + text.slice(at);
        const output = new Output([secret]);
        const bytes = Buffer.from(`before ${text} after`);
        for (let at = 0; at < bytes.length; at += size) output.add(bytes.subarray(at, at + size));
        const kept = output.result().text;
        assert.ok(!headAndTail(kept, 16_000).text.includes(secret), JSON.stringify(kept));
      },
    ),
  );
  const plain = new Output([]);
  plain.add(Buffer.from('\u001B[31mred'));
  assert.equal(plain.result().text, '\u001B[31mred', 'without secrets the output stays as it was written');
});

test('a secret is masked in each form in which programs encode it, wherever it begins', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii', minLength: 8 }), fc.string(), fc.string(), (text, before, after) => {
      const secret = text.trim();
      fc.pre(secret.length >= 8 && !/[\x00-\x1f\x7f]/.test(secret));
      const all = Buffer.from(`${before}${secret}${after}`);
      for (const encoding of ['base64', 'base64url', 'hex'] as const) {
        const output = new Output([secret]);
        output.add(Buffer.from(all.toString(encoding)));
        assert.ok(!Buffer.from(output.result().text, encoding).includes(secret), encoding);
        assert.match(output.result().text, /\*\*\*/, encoding);
      }
    }),
  );
});

test('a long secret that repeats itself takes no long time', () => {
  const output = new Output(['a'.repeat(100_000)]);
  const begun = performance.now();
  output.add(Buffer.alloc(MOST, 'a'));
  assert.ok(!output.result().text.includes('a'.repeat(100)));
  assert.ok(performance.now() - begun < 15_000);
});
