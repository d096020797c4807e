import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { Reaper } from '../../../src/local/processes/reaper.js';
import { startTemporalServer } from '../../../src/local/temporal/temporal-server.js';
import { startTestStack, type TestStack } from '../../support/stack.js';
import { startChromium } from './chromium.js';

/** A test's stack with Temporal Web, and a person's browser. */
export interface BrowserStack {
  stack: TestStack;
  page: Page;
  uiUrl: string;
}

/**
 * Brings both up, with a Temporal server of their own (the one that tests share has no Temporal Web), and ends them
 * with the test.
 *
 * @param executablePath - of Chromium
 */
export async function startBrowserStack(t: TestContext, executablePath: string): Promise<BrowserStack> {
  const stops: (() => Promise<void>)[] = [];
  // last up, first down: the worker needs its server until it has stopped
  t.after(async () => {
    const failures: unknown[] = [];
    for (const stop of stops.reverse()) await stop().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, 'not everything could be ended');
  });
  const dir = mkdtempSync(join(tmpdir(), 'phasegate-test-'));
  const reaper = new Reaper();
  reaper.removeFolder(dir);
  stops.push(() => reaper.finish());
  const { address, uiUrl } = await startTemporalServer({
    cli: process.env.TEMPORAL_CLI ?? '',
    dir,
    reaper,
    log: join(dir, 'temporal.log'),
    port: 0,
    uiPort: 0,
  });
  const stack = await startTestStack({}, { address });
  stops.push(() => stack.stop());
  const browser = await startChromium(executablePath);
  stops.push(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(40_000);
  return { stack, page, uiUrl };
}
