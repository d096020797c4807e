import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import fc from 'fast-check';
import { EncryptionCodec } from '../../src/temporal/encryption/encryption-codec.js';
import type { EncryptionKeys } from '../../src/temporal/encryption/encryption-keys.js';
import { parseKeys } from '../../src/domain/text/encryption-keys.js';

const hex = (digit: string) => digit.repeat(64);
const keys = (text: string, lost: string[] = []): EncryptionKeys => ({ keys: parseKeys(text) ?? [], lost });
const k1 = new EncryptionCodec(keys(`k1:${hex('a')}`));
const k2 = new EncryptionCodec(keys(`k2:${hex('b')}`));
const both = new EncryptionCodec(keys(`k2:${hex('b')},k1:${hex('a')}`));
const none = new EncryptionCodec(keys(''));
const payload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const value = (payloads: Payload[]): unknown => defaultPayloadConverter.fromPayload(payloads[0] as Payload);

test('any value comes back as it was, and nothing of it is in what the server gets', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.string({ minLength: 12, unit: 'grapheme' }), async (given, secret) => {
      const [stored] = await k1.encode([payload({ given, secret })]);
      assert.ok(!Buffer.from(stored?.data ?? []).includes(Buffer.from(JSON.stringify(secret))));
      const [again] = await k1.decode([stored as Payload]);
      assert.deepEqual(again && value([again]), JSON.parse(JSON.stringify({ given, secret })));
    }),
  );
});

test('the same value is encrypted anew each time', async () => {
  const [a, b] = await k1.encode([payload('same'), payload('same')]);
  assert.notDeepEqual(a?.data, b?.data);
});

test('the first key encrypts, and each key decrypts', async () => {
  const [old] = await k1.encode([payload('old')]);
  const [now] = await both.encode([payload('now')]);
  assert.equal(value(await both.decode([old as Payload])), 'old');
  assert.equal(value(await k2.decode([now as Payload])), 'now');
  await assert.rejects(k1.decode([now as Payload]), { code: 'encryption_key_missing' });
});

test('what is not encrypted is read as it is', async () => {
  assert.equal(value(await k1.decode([payload('plain')])), 'plain');
  assert.equal(value(await none.encode([payload('plain')])), 'plain');
});

test('without keys an encrypted payload is an error, and never a value', async () => {
  const stored = await k1.encode([payload('x')]);
  await assert.rejects(none.decode(stored), /encrypted with k1, and PHASEGATE_ENCRYPTION_KEYS is not set/);
});

test('another key with the same id is an error that says so, because the right key may still come', async () => {
  const stored = await k1.encode([payload('x')]);
  const other = new EncryptionCodec(keys(`k1:${hex('c')}`));
  await assert.rejects(other.decode(stored), /the key k1 here is another one than the key k1 that encrypted it/);
});

test('a payload that was changed becomes a value that says so, whichever byte it was', async () => {
  const [stored] = await k1.encode([payload('x')]);
  const data = stored?.data ?? new Uint8Array();
  for (let at = 0; at < data.length; at += 1) {
    const changed = Uint8Array.from(data);
    changed[at] = (changed[at] ?? 0) ^ 1;
    const found = value(await k1.decode([{ ...stored, data: changed }]));
    assert.deepEqual(found, { unreadablePayload: 'it was changed after it was encrypted with the key k1' });
  }
  assert.deepEqual(value(await k1.decode([{ ...stored, data: data.subarray(0, 20) }])), {
    unreadablePayload: 'it was changed after it was encrypted with the key k1',
  });
});

test('what a key encrypted that is said to be lost becomes a value that says so', async () => {
  const stored = await k1.encode([payload('x')]);
  const codec = new EncryptionCodec(keys(`k2:${hex('b')}`, ['k1']));
  assert.deepEqual(value(await codec.decode(stored)), {
    unreadablePayload: 'it is encrypted with the key k1, which is lost',
  });
});

test('an id of a key that nobody could have chosen is not repeated in the message', async () => {
  const [stored] = await k1.encode([payload('x')]);
  const metadata = { ...stored?.metadata, 'encryption-key-id': Buffer.from('\u001b[2J'.repeat(1_000)) };
  await assert.rejects(k1.decode([{ ...stored, metadata }]), (error: Error) => {
    assert.ok(!error.message.includes('\u001b') && error.message.length < 300);
    return true;
  });
});

test('keys are read as id:hex with commas between them, and nothing else', () => {
  assert.deepEqual(
    parseKeys(`a:${hex('0')},b:${hex('F')}`)?.map(({ id }) => id),
    ['a', 'b'],
  );
  for (const wrong of [
    'a',
    'a:',
    `a:${hex('0')}0`,
    `a:${'0'.repeat(62)}`,
    `a b:${hex('0')}`,
    `a:${hex('0')},a:${hex('1')}`,
  ])
    assert.equal(parseKeys(wrong), undefined, wrong);
});
