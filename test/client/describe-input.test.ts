import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { describeInput } from '../../src/client/run/describe-input.js';
import { anyText } from '../support/any-text.js';

test('a start says in Temporal Web what was asked for, without the requirements', () => {
  const { staticSummary, staticDetails } = describeInput({
    template: 'feature',
    repoPath: '/srv/shop/',
    requirements: 'secret plans',
    startedBy: 'ann',
  });
  assert.equal(staticSummary, 'feature · shop');
  assert.equal(staticDetails, '- Template: `feature`\n- Repository: `/srv/shop/`\n- Started by (as claimed): ann');
});

test('a summary that would be too long for Temporal is cut', () => {
  for (const piece of ['@', '//', '日', '🌳', 'a@']) {
    const { staticSummary } = describeInput({
      template: piece.repeat(100),
      repoPath: '/r',
      requirements: '',
      objective: piece.repeat(200),
    });
    assert.ok(
      Buffer.byteLength(staticSummary) <= 400 && staticSummary.length > 20,
      `${piece}: ${Buffer.byteLength(staticSummary)}`,
    );
  }
});

test('whatever a person gives, the summary is short, and nothing in it is live', () => {
  fc.assert(
    fc.property(anyText({ maxLength: 3_000 }), anyText({ maxLength: 3_000 }), (template, objective) => {
      const { staticSummary, staticDetails } = describeInput({
        template,
        repoPath: '/r',
        requirements: '',
        objective,
      });
      assert.ok(Buffer.byteLength(staticSummary) <= 400 && staticDetails.length < 20_000);
      assert.doesNotMatch(staticSummary, /[\n\r\0]|(?<!\\)(?:\\\\)*<|!\[/);
    }),
  );
});
