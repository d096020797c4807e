import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tellRun } from '../../src/pages/tell-run.js';
import { reportMarkdown } from '../../src/domain/record/report-markdown.js';
import { LIVE_TEXTS } from '../domain/render/support.js';
import { liveNodes } from '../domain/support/markdown-structure.js';
import { anyText } from '../support/any-text.js';
import { GATES } from './support/gates.js';
import { knownRun, type MadeRun } from './support/known-run.js';
import { twelvePhases } from './support/twelve-phases.js';

/** The tags that a page is made of. No text from outside can make one, or an attribute of one. */
const OWN_TAGS =
  /<\/?(?:h[1-6]|p|b|br|bdi|ul|li|div|section|nav|table|tr|td|th|code|pre|details|summary|span|ins|del|svg|rect|a)(?: (?:class|id)="[a-z -]+"| dir="auto"| open| href="#[a-z]+"| (?:x|width|height)="[\d.]+"| viewBox="[\d ]+"| preserveAspectRatio="none"| role="img"| aria-label="time line"| aria-hidden="true")*\/?>/g;

/** The words of a page. It fails where there is a mark that is not one of our own. */
function wordsOf(html: string): string {
  const body = html.slice(html.indexOf('<body>') + 6, html.indexOf('</body>'));
  const words = body.replace(OWN_TAGS, ' ');
  assert.doesNotMatch(words, /[<>]/, words.slice(Math.max(0, words.search(/[<>]/) - 200), words.search(/[<>]/) + 200));
  return words;
}

test('the page of a good gate says that nothing stands out; those with something wrong say it on the first screen', () => {
  const first = (made: MadeRun): string =>
    wordsOf(tellRun(knownRun(made)).html.split('<nav>')[0]!.concat('</body>')).replace(/\s+/g, ' ');
  assert.match(first(GATES.good), /Nothing stands out/);
  assert.match(first(GATES.red), /Look at this first a check is red: test ✗ exit 1/);
  assert.match(first(GATES.unnamed), /changed, and named in no artifact: src\/telemetry\.js/);
  for (const made of Object.values(GATES)) {
    assert.match(first(made), /parseFlags.*asked by Ann \(as claimed\).*in \d files.*\$0\.6300 of \$5/);
    const { html } = tellRun(knownRun(made));
    assert.match(html, /this is the last phase: the run completes/);
    assert.match(
      html,
      /only <bdi>ann<\/bdi>, <bdi>bob<\/bdi> may decide, but <bdi>Ann<\/bdi>, who started the run, may not/,
    );
    assert.match(html, /until .*; then <bdi>the run fails<\/bdi>/);
    assert.match(html, /With <code>--to PHASE<\/code> .*<code>requirements<\/code>, <code>implementation<\/code>/);
    assert.match(html, new RegExp(`npm run client -- approve ${made.id} --by bob --artifact-sha256 a{64}\n`));
    assert.match(html, /Mention the empty value in the README/);
  }
});

test('a run of 12 phases with an artifact of 200 kB, text from right to left and a diff of 3 MB gives a page of at most 2 MB', () => {
  const made = twelvePhases();
  const known = knownRun(made);
  const began = performance.now();
  const { html, report } = tellRun(known);
  assert.ok(Buffer.byteLength(html) < 2_000_000, String(Buffer.byteLength(html)));
  assert.ok(Buffer.byteLength(html) > 500_000, 'it shows what fits');
  assert.ok(performance.now() - began < 10_000);
  const words = wordsOf(html);
  for (const { key } of made.phases) assert.ok(words.includes(key), key);
  assert.match(words, /more files are left out here/);
  assert.ok(Buffer.byteLength(JSON.stringify(report)) < 1_500_000);
  assert.ok(Buffer.byteLength(reportMarkdown(report)) < 1_000_000);
});

test('nothing that people, agents and repositories write is live in a page or in the report', () => {
  const text = fc.oneof(fc.constantFrom(...LIVE_TEXTS), anyText({ maxLength: 30 }));
  fc.assert(
    fc.property(text, text, fc.boolean(), (one, other, ended) => {
      const made = hostile(one, other, ended);
      const { html, report } = tellRun(knownRun(made));
      wordsOf(html);
      assert.deepEqual(liveNodes(reportMarkdown(report)), []);
    }),
    { numRuns: 15, examples: LIVE_TEXTS.map((live): [string, string, boolean] => [live, live, false]) },
  );
});

/** A run in which each text from outside is one of two. */
function hostile(one: string, other: string, ended: boolean): MadeRun {
  const { phases, ...good } = GATES.good;
  const line = one.replaceAll('\n', ' ');
  return {
    ...good,
    id: one,
    requirements: other,
    startedBy: one,
    protectedFiles: [one, other],
    deliveries: [
      {
        ...{ state: 'failed', by: one, remote: other, branch: one, sha: null, provider: null, number: 3, url: one },
        ...{ checks: null, errorCode: 'forge_refused', errorMessage: other },
        ...{ startedAt: '2026-11-30T10:00:00.000Z', endedAt: null },
      },
    ],
    phases: phases.map((phase) => ({
      ...phase,
      ...(ended ? { state: 'completed' as const } : {}),
      ...(phase.gate === undefined ? {} : { gate: other, comment: one }),
      artifact: { summary: one, verdict: other, [one]: [{ [other]: one }, other], findings: [one, [other]] },
    })),
    files: [{ path: one, from: other, status: 'renamed', added: 1, removed: null }],
    patch: `diff --git a/x b/x\n--- a/${line}\n+++ b/${line}\n@@ -1 +1 @@ ${line}\n-${line}\n+${line}\n`,
    checks: [{ phaseKey: 'implementation', name: one, outcome: 'failed', command: other, tail: one }],
  };
}
