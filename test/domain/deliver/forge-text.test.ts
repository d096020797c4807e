import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MAX_BODY, neutralise, pullRequestBody, pullRequestTitle } from '../../../src/domain/deliver/forge-text.js';

/** What forges act on: mentions, references that close an issue, quick actions. */
const ACTS: readonly RegExp[] = [/@[\p{L}\p{N}_-]/u, /#\d/, /!\d/, /\bGH-\d/i, /^[ \t>*+-]*\//m, /https?:\/\//i];
const PIECES = [
  '@everyone',
  '@all',
  'fixes #1',
  'Closes acme/app#2',
  'GH-3',
  '!4',
  '\n/approve',
  '\n> /merge',
  'https://github.com/a/b/issues/1',
  ' ',
  '\n',
  'x',
  '```',
  '\u202e',
  '\\',
  '<!--',
  '| a |',
];

/** No half of a surrogate pair is left. */
const isWellFormed = (text: string): boolean => Buffer.from(text).toString() === text;

test('nothing in a body or a title acts on the forge, whatever agents wrote', () => {
  const text = fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 20 })), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(text, (parts) => {
      const harmful = parts.join('');
      for (const made of [neutralise(harmful), pullRequestBody(harmful, []), pullRequestTitle(harmful, [])])
        for (const acts of ACTS) assert.doesNotMatch(made, acts);
    }),
  );
});

test('a text without such words stays as it is', () => {
  const plain = '# Run w: completed\n\n| Phase | State |\n| --- | --- |\n| code | done |\n\n- 50 % & more\n';
  assert.equal(neutralise(plain), plain);
});

test('a body is as long as a forge takes, ends a code block that was cut, and has no secret', () => {
  const secret = 'forge-secret-token-1234567890';
  const long = `${secret}\n\`\`\`\n${'😀 line\n'.repeat(20_000)}`;
  const body = pullRequestBody(long, [secret]);
  assert.ok(body.length <= MAX_BODY && body.length > MAX_BODY - 1_000, String(body.length));
  assert.ok(!body.includes(secret));
  assert.match(body, /\n```\n\n… The rest did not fit/);
  assert.ok(isWellFormed(body));
  const oneLine = pullRequestBody('😀'.repeat(60_000), []);
  assert.ok(oneLine.length <= MAX_BODY && isWellFormed(oneLine));
});

test('a title is one line of at most 200 characters', () => {
  const title = pullRequestTitle(`  a\r\n\u2028b\u202ec ${'😀'.repeat(300)}`, []);
  assert.ok(title.startsWith('a b c 😀') && title.length <= 200 && isWellFormed(title));
  assert.equal(
    pullRequestTitle('Basic dXNlcjpwYXNz at https://u:p@host', []),
    'Basic *** at https:\u200B//***@\u200Bhost',
  );
});

test('no words of an agent keep a forge from checking a commit', () => {
  for (const words of [
    '[skip ci]',
    '[ci skip]',
    '[no ci]',
    '[Skip Actions]',
    '[actions skip]',
    '***NO_CI***',
    'skip-checks: true',
  ])
    assert.doesNotMatch(
      neutralise(`Done ${words}`),
      /\[(skip ci|ci skip|no ci|skip actions|actions skip)\]|\*\*\*NO_CI\*\*\*|skip-checks:/i,
    );
});
