import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tellRun } from '../../src/pages/tell-run.js';
import { GATES } from '../pages/support/gates.js';
import { knownRun } from '../pages/support/known-run.js';
import { twelvePhases } from '../pages/support/twelve-phases.js';
import { findChromium, startChromium } from './support/chromium.js';

const executable = findChromium(process.env);
const WIDTHS = [360, 820, 1_280];
/** Runs in the page: how far it is too wide, how many of its elements could do something, and its colour. */
const LOOK = `({
  over: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  live: document.querySelectorAll('script, img, iframe, object, embed, link, form, a:not([href^="#"])').length,
  ink: getComputedStyle(document.body).color,
})`;

test(
  'pages fit three widths, light and dark, load nothing and run nothing',
  { skip: executable === undefined ? 'there is no Chromium' : false },
  async (t) => {
    const browser = await startChromium(executable!);
    t.after(() => browser.close());
    const pages = { hostile: tellRun(knownRun(twelvePhases())).html, red: tellRun(knownRun(GATES.red)).html };
    for (const [name, html] of Object.entries(pages)) {
      for (const [index, width] of WIDTHS.entries()) {
        const page = await browser.newPage({
          viewport: { width, height: 800 },
          colorScheme: index === 1 ? 'dark' : 'light',
        });
        const heard: string[] = [];
        page.on('request', (request) => void heard.push(request.url()));
        page.on('dialog', (dialog) => void heard.push(dialog.message()));
        page.on('console', (message) => void heard.push(message.text()));
        await page.setContent(html);
        const seen = await page.evaluate<{ over: number; live: number; ink: string }>(LOOK);
        assert.deepEqual(heard, [], `${name} at ${width}`);
        assert.deepEqual({ ...seen, ink: '' }, { over: 0, live: 0, ink: '' }, `${name} at ${width}`);
        assert.equal(seen.ink, index === 1 ? 'rgb(230, 237, 243)' : 'rgb(27, 31, 36)', 'the style of the page counts');
        await page.close();
      }
    }
  },
);
