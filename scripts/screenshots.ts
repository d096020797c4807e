// `npm run screenshots`: makes the pictures of docs/images from a real stack with real runs; the scripted model
// answers, so they cost nothing.
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, type WorkflowHandleWithFirstExecutionRunId as Handle } from '@temporalio/client';
import type { Page } from 'playwright-core';
import { WORKFLOW_TYPE } from '../src/domain/names.js';
import type { RunStatus } from '../src/domain/run-status.js';
import { PACKAGE_ROOT } from '../src/package-root.js';
import { DEMO_REQUIREMENTS, makeDemoRepository } from '../src/local/demo-repository.js';
import { runSession } from '../src/local/processes/session.js';
import { startStack, type Stack } from '../src/local/stack.js';
import { findChromium, startChromium } from '../test/browser/support/chromium.js';
import {
  chooseColumns,
  currentDetails,
  fillSignal,
  openList,
  openRun,
  openSignalList,
  saveView,
} from '../test/browser/support/temporal-web.js';

const IMAGES = join(PACKAGE_ROOT, 'docs', 'images');
/** The runs to make: the last gates are left for the pictures to wait at. */
const RUNS = {
  'empty-title-accepted': { template: 'feature', requirements: '`add ""` is refused.', pass: [] },
  'mark-as-read': { template: 'feature', requirements: DEMO_REQUIREMENTS, pass: ['design-approval', 'merge-approval'] },
  'mark-items-read': { template: 'feature', requirements: DEMO_REQUIREMENTS, pass: ['design-approval'] },
  'review-the-store': { template: 'repo-review', requirements: 'Can items be lost?', pass: [] },
  'sort-by-title': { template: 'feature', requirements: '`list --sort` lists the items by title.', pass: [] },
};
type Runs = Record<keyof typeof RUNS, Handle>;

// a person's own settings could name another server, or a model that costs money
const FOREIGN = /^(TEMPORAL_(?!CLI$)|PHASEGATE_(?!CHROMIUM$)|OPENAI_|LANGSMITH_|LANGCHAIN_)/;
for (const name of Object.keys(process.env)) if (FOREIGN.test(name)) delete process.env[name];

await runSession(async ({ reaper }) => {
  const executable = findChromium({ ...process.env, PHASEGATE_REQUIRE_BROWSER: '1' });
  const [dir, repoPath] = [mkdtempSync(join(tmpdir(), 'phasegate-screenshots-')), makeDemoRepository()];
  for (const folder of [dir, dirname(repoPath)]) reaper.removeFolder(folder);
  const stack = await startStack({ root: PACKAGE_ROOT, dir, reaper, kind: 'ends', say: console.log });
  const runs = await makeRuns(stack, repoPath);
  const browser = await startChromium(executable ?? '');
  try {
    mkdirSync(IMAGES, { recursive: true });
    await takePictures(
      await browser.newPage({ locale: 'en-US', timezoneId: 'UTC', colorScheme: 'light' }),
      stack.uiUrl,
      runs,
    );
    await pictureReviewPage(
      await browser.newPage({ colorScheme: 'light', viewport: { width: 1100, height: 840 } }),
      join(stack.env.PHASEGATE_WORKSPACE_ROOT ?? '', runs['mark-items-read'].firstExecutionRunId, 'review.html'),
    );
  } finally {
    await browser.close();
  }
  return 0;
});

async function makeRuns(stack: Stack, repoPath: string): Promise<Runs> {
  const client = new Client({ connection: await Connection.connect({ address: stack.temporalAddress }) });
  const made: [string, Handle][] = [];
  for (const [workflowId, { template, requirements, pass }] of Object.entries(RUNS)) {
    const args = [{ template, repoPath, requirements }];
    const handle = await client.workflow.start(WORKFLOW_TYPE, {
      taskQueue: stack.env.PHASEGATE_TASK_QUEUE ?? '',
      workflowId,
      args,
    });
    for (const gate of pass) {
      await untilRests(handle, gate);
      await handle.signal('approve', { gate, by: 'ann' });
    }
    await untilRests(handle);
    made.push([workflowId, handle]);
  }
  // Temporal's lists are a little later than the runs
  while ((await client.workflow.count("RunGate IS NOT NULL OR ExecutionStatus = 'Completed'")).count < made.length)
    await sleep(100);
  await client.connection.close();
  return Object.fromEntries(made) as Runs;
}

/** Waits until the run is at this gate. Without a gate, it waits until the run can't go on by itself. */
async function untilRests(handle: Handle, gate?: string): Promise<void> {
  for (;;) {
    const { openGates, state, failure } = await handle.query<RunStatus>('status');
    if (failure) throw new Error(`${handle.workflowId}: ${failure.code}: ${failure.message}`);
    const rests =
      gate === undefined ? openGates.length > 0 || state === 'completed' : openGates.some((open) => open.gate === gate);
    if (rests) return;
    await sleep(100);
  }
}

async function takePictures(page: Page, uiUrl: string, runs: Runs): Promise<void> {
  const place = (run: keyof Runs) => ({ uiUrl, workflowId: run, runId: runs[run].firstExecutionRunId });

  await page.setViewportSize({ width: 1480, height: 640 });
  await openList(page, uiUrl, 'RunGate IS NOT NULL');
  await chooseColumns(page, {
    remove: ['Run ID', 'Type', 'Start', 'End'],
    add: ['RunTemplate', 'RunState', 'RunPhase', 'RunGate', 'RunCostUsd'],
  });
  await saveView(page, 'Waiting at a gate');
  await page.screenshot({ path: join(IMAGES, 'runs-at-gates.png') });

  // Temporal Web gives the details half of the width
  await page.setViewportSize({ width: 1680, height: 900 });
  await openRun(page, place('sort-by-title'), 'user-metadata');
  await currentDetails(page).getByRole('table').first().waitFor();
  await page.screenshot({ path: join(IMAGES, 'run-at-gate.png') });

  await page.setViewportSize({ width: 1280, height: 800 });
  const dialog = await openSignalList(page);
  await fillSignal(dialog, 'approve', { by: 'ann', comment: 'as we agreed' });
  await dialog.screenshot({ path: join(IMAGES, 'signal-approve.png') });

  await page.setViewportSize({ width: 1440, height: 1100 });
  await openRun(page, place('mark-as-read'), 'timeline');
  await page.getByRole('button', { name: 'Event closeRun: Completed' }).waitFor();
  await page.screenshot({ path: join(IMAGES, 'completed-run.png') });
}

/** The first screen of the page of a gate. The run writes it a moment after the gate has opened. */
async function pictureReviewPage(page: Page, file: string): Promise<void> {
  while (!existsSync(file)) await sleep(100);
  await page.goto(pathToFileURL(file).href);
  await page.screenshot({ path: join(IMAGES, 'review-page.png') });
}
