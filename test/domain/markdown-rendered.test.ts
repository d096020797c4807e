import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { escapeMarkdown, inlineCode } from '../../src/domain/text/markdown.js';
import { reportMarkdown } from '../../src/domain/record/report-markdown.js';
import { renderDetails } from '../../src/workflows/details/current-details.js';
import { liveNodes, structureOf } from './support/markdown-structure.js';
import { reportWith, statusWith } from './support/shown-texts.js';
import { anyText } from '../support/any-text.js';

/** Each is live in a Markdown reader, or changes what stands around it. */
const ATTACKS = [
  '![x](http://evil.example/i.png)',
  '[a](javascript:alert(1))',
  '[a][b]\n\n[b]: http://evil.example',
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '<http://evil.example>',
  'https://evil.example/x',
  'see www.evil.example now',
  'write to a.b@evil.example',
  'mailto:a@evil.example',
  'xmpp:a@evil.example',
  'HTTPS://EVIL.example',
  'ftp://evil.example',
  '//evil.example',
  '# heading',
  '- item',
  '+ item',
  '* item',
  '1. item',
  '2) item',
  '> quote',
  '---',
  '===',
  '***',
  '___',
  '    code',
  '\tcode',
  '```\ncode\n```',
  '~~~\ncode',
  '| a | b |\n| --- | --- |',
  '[ ] task',
  '[^1]',
  '[^1]: note',
  '`code`',
  '``',
  '*a*',
  '__a__',
  '~~a~~',
  'a\\',
  '\\',
  '\\\\`',
  '&lt;b&gt;',
  '&#x21;[a](b)',
  '<!-- comment',
  '<![CDATA[',
  '<?php',
  '</td>',
  '$x$',
  ':smile:',
  '\u0000',
  '\u2028# x',
  'a\u0085b',
  '\u202Etxt.exe',
  '[x]: <http://evil.example> "t"',
];
const PIECES = [
  ...'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~ \n\t\r0123',
  'http',
  's://',
  'www.',
  'a',
  'evil.example',
  '](',
  '<b>',
  '```',
  '\u200b',
  '\u00a0',
  '  \n',
];
const hostile = fc.oneof(
  fc.constantFrom(...ATTACKS),
  fc.tuple(fc.constantFrom(...ATTACKS), fc.constantFrom(...ATTACKS)).map(([a, b]) => `${a}${b}`),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map((parts) => parts.join('')),
  anyText({ maxLength: 40 }),
);
const words = (text: string): boolean => text.replace(/[\s\p{Cc}\p{Cf}]/gu, '') !== '';

test('Markdown shows a text from outside as words only, wherever it stands', () => {
  const places: [name: string, place: (shown: string) => string][] = [
    ['a paragraph', (shown) => shown],
    ['a quotation', (shown) => `> ${shown}`],
    ['an item', (shown) => `- ${shown}`],
    ['a heading', (shown) => `# ${shown}`],
    ['a cell', (shown) => `| a | b |\n| --- | --- |\n| ${shown} | x |`],
    ['in the middle', (shown) => `x ${shown} y`],
    ['after a line', (shown) => `line\n${shown}`],
    ['bold', (shown) => `**x**: ${shown}`],
  ];
  fc.assert(
    fc.property(hostile.filter(words), fc.constantFrom(...places), (text, [name, place]) => {
      assert.equal(
        structureOf(place(escapeMarkdown(text))),
        structureOf(place('word')),
        `${name}: ${JSON.stringify(text)} → ${JSON.stringify(escapeMarkdown(text))}`,
      );
      assert.equal(
        structureOf(place(inlineCode(text))),
        structureOf(place('`word`')),
        `code, ${name}: ${JSON.stringify(text)}`,
      );
    }),
    {
      numRuns: 1_000,
      examples: ATTACKS.flatMap((text) =>
        places.map((place): [string, (typeof places)[number]] => [text, place]),
      ).filter(([text]) => words(text)),
    },
  );
});

test('the words of a text can still be read', () => {
  assert.equal(escapeMarkdown('It works: 3 of 4, 50 % done.'), 'It works\\: 3 of 4, 50 % done.');
  assert.equal(escapeMarkdown('-').replace('\\', ''), '-');
});

test('S27: nothing that an agent, a person or a repository wrote is live in the report', () => {
  const benign = structureOf(reportMarkdown(reportWith('word')));
  fc.assert(
    fc.property(hostile.filter(words), (text) => {
      const shown = reportMarkdown(reportWith(text));
      assert.deepEqual(liveNodes(shown), [], JSON.stringify(text));
      assert.equal(structureOf(shown), benign, JSON.stringify(text));
    }),
    { numRuns: 150, examples: ATTACKS.filter(words).map((text): [string] => [text]) },
  );
});

test('nothing that an agent, a person or a repository wrote is live in the details of Temporal Web', () => {
  const benign = structureOf(renderDetails(statusWith('word')));
  fc.assert(
    fc.property(hostile.filter(words), (text) => {
      const shown = renderDetails(statusWith(text));
      assert.deepEqual(liveNodes(shown), [], JSON.stringify(text));
      assert.equal(structureOf(shown), benign, JSON.stringify(text));
    }),
    { numRuns: 150, examples: ATTACKS.filter(words).map((text): [string] => [text]) },
  );
});

test('details that are too long are cut at a place where no Markdown becomes live', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ATTACKS),
      fc.integer({ min: 20, max: 400 }),
      fc.nat({ max: 60 }),
      (text, gates, shift) => {
        const status = statusWith(text);
        const many = Array.from({ length: gates }, (_, n) => ({
          name: `${'x'.repeat((shift + n) % 30)}${text}`,
          reason: text,
          at: '2026-11-25T10:00:00.000Z',
        }));
        const shown = renderDetails({ ...status, ignored: many });
        assert.deepEqual(liveNodes(shown), [], shown.slice(-200));
      },
    ),
    { numRuns: 60 },
  );
});
