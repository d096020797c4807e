import assert from 'node:assert/strict';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import { startBrowserStack } from './support/browser-stack.js';
import { findChromium } from './support/chromium.js';
import { currentDetails, fillSignal, openRun, openSignalList, submitSignal } from './support/temporal-web.js';

const chromium = findChromium(process.env);
const skip =
  chromium === undefined &&
  'no Chromium on this machine (PHASEGATE_CHROMIUM names one; PHASEGATE_REQUIRE_BROWSER=1 makes this a failure)';

test(
  'a person reads a run in Temporal Web and approves its gates by the signals that it offers',
  { skip, timeout: 120_000 },
  async (t) => {
    const { stack, page, uiUrl } = await startBrowserStack(t, chromium ?? '');
    await stack.template('two-steps', [
      { key: 'design', gates: ['lead'] },
      { key: 'plan', gates: ['owner'] },
    ]);
    const handle = await stack.start('two-steps', [], { budgetUsd: 5, allowUnknownPrices: true });
    const { run } = await untilGate(stack, handle);
    await openRun(page, { uiUrl, workflowId: run.workflowId, runId: run.executionRunId }, 'user-metadata');

    await seesGate(page, 'design/lead', run.workflowId);
    const details = currentDetails(page);
    // two dollar signs in a line would be read as mathematics
    await details.getByText('budget $0.0000 of $5.0000').waitFor();
    await details.getByRole('row', { name: 'design awaiting_approval 1' }).waitFor();
    await details.getByRole('row', { name: 'plan pending' }).waitFor();
    const first = await openSignalList(page);
    const offered = await first.getByRole('option').allInnerTexts();
    assert.deepEqual(offered.map(firstLine), [
      'Custom',
      'approve',
      'reject',
      'requestChanges',
      'abort',
      'pause',
      'resume',
      'retry',
      'skip',
    ]);
    assert.match(offered[1] ?? '', /Approve the open gate/);
    await fillSignal(first, 'approve');
    await submitSignal(first);

    await untilStatus(stack, handle, ({ openGates }) => openGates[0]?.phase === 'plan');
    await page.reload();
    await seesGate(page, 'plan/owner', run.workflowId);
    const second = await openSignalList(page);
    await fillSignal(second, 'approve', { by: 'ann', comment: 'read it in Temporal Web' });
    await submitSignal(second);

    const end = await ended(stack, handle);
    assert.equal(end.temporal, 'COMPLETED');
    const { rows } = await stack.mirror.pool.query(
      'SELECT action, claimed_by, comment, via FROM approval_decisions WHERE run_id = $1 ORDER BY decided_at',
      [end.report.runId],
    );
    assert.deepEqual(rows, [
      { action: 'approve', claimed_by: null, comment: null, via: 'signal' },
      { action: 'approve', claimed_by: 'ann', comment: 'read it in Temporal Web', via: 'signal' },
    ]);
    await page.reload();
    await details.getByRole('row', { name: 'plan completed 1' }).waitFor();
    assert.match(await page.getByRole('main').getByRole('status').first().innerText(), /completed/i);
  },
);

/** The gate, and the command that decides it, as rendered Markdown. */
async function seesGate(page: Page, gate: string, workflowId: string): Promise<void> {
  const details = currentDetails(page);
  await details.getByRole('heading', { name: `Waits for a decision: ${gate}` }).waitFor();
  await details.getByText(`temporal workflow signal --name approve --workflow-id ${workflowId}`).waitFor();
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
