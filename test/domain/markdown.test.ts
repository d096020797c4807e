import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { escapeMarkdown, inlineCode } from '../../src/domain/text/markdown.js';
import { anyText } from '../support/any-text.js';

test('nothing of a text from outside is live in Markdown', () => {
  for (const text of [
    '![x](http://evil/i.png)',
    '[a](javascript:1)',
    '<img src=x>',
    '`code`',
    '| cell |',
    '**b**',
    'https://evil.example',
    'www.evil.example',
    'a@b.c',
  ]) {
    const shown = escapeMarkdown(text);
    // every character that could begin markup has its backslash
    assert.doesNotMatch(shown.replace(/\\[\s\S]/g, ''), /[`*_[\]()#!|<>&:@]|www\./, text);
  }
});

test('a text stays on its line, in its cell', () => {
  fc.assert(
    fc.property(anyText(), (text) => {
      for (const shown of [escapeMarkdown(text), inlineCode(text)]) {
        assert.doesNotMatch(shown, /[\r\n\u2028\u2029\0]/);
        assert.doesNotMatch(shown.replace(/\\[\s\S]/g, ''), /\|/);
      }
      assert.doesNotMatch(inlineCode(text).slice(1, -1), /`/);
    }),
  );
});

test('of a text that nobody would read to its end, the beginning is shown', () => {
  const text = '*_'.repeat(700_000);
  assert.equal(escapeMarkdown(text).replaceAll('\\', ''), `${text.slice(0, 9_999)}…`);
  assert.equal(inlineCode(text), `\`${text.slice(0, 9_999)}…\``);
});
