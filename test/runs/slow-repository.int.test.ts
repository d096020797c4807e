import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { followRun } from '../../src/client/look/follow-run.js';
import { ended, untilGate } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';

const CHECKOUT_MS = 25_000;
const PHASE_MS = 10_000;
/** Much longer than a test may take. */
const FOR_EVER_S = 599;

let stack: TestStack;
before(async () => {
  stack = await startTestStack({ checkoutTimeoutMs: CHECKOUT_MS });
  await stack.template('quick', [{ key: 'note', timeout: `${PHASE_MS}ms` }]);
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
});
after(() => stack.stop());

/** From now on git takes so long for what has these words in it. */
function slowGit(t: TestContext, words: string, seconds: number): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'phasegate-slow-git-'));
  const script = `#!/bin/sh\ncase "$*" in *"${words}"*) sleep ${seconds};; esac\nPATH="\${PATH#*:}"\nexec git "$@"\n`;
  writeFileSync(path.join(folder, 'git'), script, { mode: 0o755 });
  const usual = process.env.PATH;
  process.env.PATH = `${folder}:${usual}`;
  t.after(() => {
    process.env.PATH = usual;
    rmSync(folder, { recursive: true });
  });
}

test(
  'a checkout that takes longer than the time of the phase is waited for: it is not begun again',
  { timeout: 120_000 },
  async (t) => {
    slowGit(t, 'reset --hard', 1 + PHASE_MS / 1_000);
    const end = await ended(stack, await stack.start('quick'));
    assert.equal(end.temporal, 'COMPLETED', end.message);
    assert.deepEqual(
      end.report.phases.map(({ attempts }) => attempts),
      [1],
    );
  },
);

test(
  'a checkout that takes longer than its own limit fails the run with its own code, after one try; people see it work',
  { timeout: 180_000 },
  async (t) => {
    slowGit(t, 'reset --hard', FOR_EVER_S);
    const handle = await stack.start('quick');
    const lines: string[] = [];
    const following = followRun(handle, { say: (line) => lines.push(line), onGate: async () => {} });
    await until(
      () => lines.some((line) => /checks out the files of the repository, \d+ s so far/.test(line)),
      60_000,
      () => lines.join('\n'),
    );
    const end = await ended(stack, handle);
    await following;
    assert.equal(end.code, 'checkout_timed_out', end.message);
    assert.match(end.message, /the files of .* were not checked out within 25 s/);
    assert.equal(stack.model.requests.length > 0, true, 'of the run before');
    const { events = [] } = await handle.fetchHistory();
    const scheduled = events!.find(
      ({ activityTaskScheduledEventAttributes: task }) => task?.activityType?.name === 'executePhase',
    );
    const limitS = Number(scheduled?.activityTaskScheduledEventAttributes?.startToCloseTimeout?.seconds);
    assert.ok(limitS * 1_000 >= PHASE_MS + CHECKOUT_MS + 60_000, `Temporal ends it after ${limitS} s`);
    const tries = events!.flatMap(({ activityTaskStartedEventAttributes: begun }) =>
      begun && String(begun.scheduledEventId) === String(scheduled?.eventId) ? [begun.attempt] : [],
    );
    assert.deepEqual(tries, [1]);
  },
);

test(
  'a run ends though git status takes minutes, and its report says what could not be seen',
  { timeout: 180_000 },
  async (t) => {
    const handle = await stack.start('gated');
    await untilGate(stack, handle);
    slowGit(t, 'status', FOR_EVER_S);
    await handle.signal('approve');
    const end = await ended(stack, handle);
    assert.equal(end.temporal, 'COMPLETED', end.message);
    const unseen = end.report.unresolved.filter(({ kind }) => kind === 'not_seen').map(({ text }) => text);
    assert.equal(unseen.length, 1, JSON.stringify(end.report.unresolved));
    assert.match(unseen[0] ?? '', /git status took more than \d+ s: there may be changes that are not committed/);
  },
);
