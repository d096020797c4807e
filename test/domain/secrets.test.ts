import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maskCredentials, maskInJson, maskValues, secretsInHeader } from '../../src/domain/text/secrets.js';

const secret = fc
  .string({ minLength: 12, maxLength: 40 })
  .filter((text) => text.trim().length >= 12 && !/^\*+$/.test(text) && !'***'.includes(text));

test('a secret is masked as it is, and as JSON and URLs spell it, wherever it stands', () => {
  fc.assert(
    fc.property(
      secret,
      fc.constantFrom(
        (text: string) => text,
        (text: string) => JSON.stringify(text),
        encodeURIComponent,
      ),
      fc.string({ maxLength: 10 }),
      (value, spell, around) => {
        assert.ok(!maskValues(`${around}${spell(value)}`, [undefined, '', value]).includes(value));
      },
    ),
  );
});

test('a secret that was cut at the end of a text is masked too', () => {
  for (let length = 6; length < 20; length++) {
    const masked = maskValues(`the key is ${'sk-canary-0123456789'.slice(0, length)}`, ['sk-canary-0123456789']);
    assert.equal(masked, 'the key is ***');
  }
  assert.equal(maskValues('this is a task', ['sk-canary-0123456789']), 'this is a task');
});

test('of a header also what is behind its scheme is a secret, its pieces, and what Basic encodes', () => {
  const token = 's3cr3t-token-123456';
  const basic = Buffer.from('ann:hunter2-canary').toString('base64');
  for (const [value, secrets] of [
    [`Bearer ${token}`, [token]],
    [`bearer   ${token} `, [token]],
    [token, [token]],
    [`Token token="${token}"`, [token]],
    [`ApiKey ${token}:x`, [token]],
    [`session=${token}; theme=dark`, [token]],
    ['Bearer abc123', ['abc123']],
    [`Basic ${basic}`, [basic, 'ann:hunter2-canary', 'hunter2-canary']],
  ] as const)
    for (const secret of secrets)
      assert.equal(maskValues(`<${secret}>`, secretsInHeader(value)), '<***>', `${value}: ${secret}`);
  assert.deepEqual(secretsInHeader(''), []);
  assert.equal(maskValues('the tool is here', secretsInHeader('My nice tool')), 'the tool is here');
});

test('in JSON a long secret is masked in keys and strings, at any depth; a short one may be a word of its own', () => {
  const value = { 'a-secret-of-mine': ['x a-secret-of-mine y', { z: 1, n: null }] };
  assert.deepEqual(maskInJson(value, 'a-secret-of-mine'), { '***': ['x *** y', { z: 1, n: null }] });
  assert.deepEqual(maskInJson({ model: 'ollama' }, 'ollama'), { model: 'ollama' });
});

test('credentials are masked by their form, where nobody knows their value', () => {
  assert.equal(
    maskCredentials('Authorization: Bearer abc.def-1, then Basic dTpw'),
    'Authorization: Bearer ***, then Basic ***',
  );
  assert.equal(maskCredentials('at postgres://me:p%40ss@db/x?y=a@b'), 'at postgres://***@db/x?y=a@b');
});

test('a text in which a URL might begin anywhere is searched in linear time', () => {
  const before = process.cpuUsage().user;
  for (const text of [
    'a'.repeat(1_000_000),
    'a://'.repeat(250_000),
    `a://${'b'.repeat(1_000_000)}`,
    'a:'.repeat(500_000),
  ])
    maskCredentials(text);
  assert.ok(process.cpuUsage().user - before < 2_000_000);
  assert.equal(maskCredentials('postgresql+ssl://ann:secret@db/x'), 'postgresql+ssl://***@db/x');
});
