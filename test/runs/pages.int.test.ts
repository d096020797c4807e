import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { RunPage } from '../../src/mirror/types.js';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { write } from './support/checked-runs.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('pages', [{ key: 'build', gates: ['lead'] }, { key: 'last' }]);
});
after(() => stack.stop());

const artifact = (title: string) => ({ name: 'write_artifact', args: { title } });

/** The review page of a round, once it is there. */
async function reviewOf(runId: string, round: number): Promise<RunPage> {
  let page: RunPage | null | undefined;
  await until(async () => {
    page = await stack.mirror.readPage(runId, 'review');
    return page?.round === round;
  });
  return page!;
}

test('at a gate and at the end a page tells people what they need, in the mirror and on disk, with the decisions that count', async () => {
  const handle = await stack.start(
    'pages',
    [
      { tools: [write('src/new.ts', 'export const added = "<script>alert(1)</script>";\n')] },
      { tools: [artifact('I wrote <b>src/new.ts</b>')] },
      { tools: [artifact('second try')] },
      { tools: [artifact('the end')] },
    ],
    {},
    { repoAccess: 'write' },
  );
  const { run } = await untilGate(stack, handle, 'build');
  const review = await reviewOf(run.runId, 1);
  const { html } = review;
  assert.deepEqual([review.kind, review.phaseKey, review.gate], ['review', 'build', 'lead']);
  assert.match(html, /Your decision: <bdi>lead<\/bdi> of phase <bdi>build<\/bdi>/);
  assert.match(html, /<b>\+1 −0 in 1 file<\/b>/);
  assert.match(html, /<ins>\+export const added = &quot;&lt;script&gt;/);
  assert.match(html, /I wrote &lt;b&gt;src\/new\.ts/);
  assert.match(html, /nothing was run/);
  assert.match(html, /0 of 1 approvals · anybody may decide/);
  assert.match(html, /phase <bdi>last<\/bdi> begins/);
  assert.match(html, new RegExp(`npm run client -- approve ${run.workflowId} --artifact-sha256 [0-9a-f]{64}\n`));
  assert.doesNotMatch(html, /no artifact names it/);
  const file = path.join(stack.config.workspaceRoot, run.runId, 'review.html');
  await until(async () => existsSync(file) && (await readFile(file, 'utf8')) === html);

  await handle.signal('requestChanges', { by: 'Zoë', comment: 'say more </pre><script>x</script>' });
  await untilStatus(stack, handle, ({ openGates, phases }) => openGates.length > 0 && phases[0]?.revisions === 1);
  const second = await stack.mirror.readPage(run.runId, 'review');
  await until(async () => (await stack.mirror.readPage(run.runId, 'review'))?.id !== review.id);
  assert.ok(second);
  const again = (await stack.mirror.readPage(run.runId, 'review'))!;
  assert.match(again.html, /no artifact names it/, 'the second artifact does not name the file');
  assert.match(again.html, /<b><bdi>Zoë<\/bdi><\/b> <span class="warn">requested changes/);
  await handle.signal('approve', { by: 'ann' });
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED', end.message);

  const page = (await stack.mirror.readPage(run.runId))!;
  assert.deepEqual([page.kind, page.id], ['report', 'report']);
  const folder = path.join(stack.config.workspaceRoot, run.runId);
  assert.equal(await readFile(path.join(folder, 'report.html'), 'utf8'), page.html);
  for (const text of [html, again.html, page.html]) {
    assert.match(text, /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-/);
    assert.doesNotMatch(text, /<script|<img|<iframe|javascript:|src=|\sstyle=|\son\w+=/i);
  }
  const { story } = end.report;
  assert.deepEqual(
    story?.decisions.map(({ action, by, counts, via }) => [action, by, counts, via]),
    [
      ['requestChanges', 'Zoë', false, 'signal'],
      ['approve', 'ann', true, 'signal'],
    ],
  );
  assert.deepEqual(
    story?.timeLine.map(({ kind, phaseKey }) => `${kind} ${phaseKey}`),
    ['work build', 'people build', 'work build', 'people build', 'work last'],
  );
  assert.ok(story.times.peopleMs > 0 && story.times.agentsMs > 0);
  assert.deepEqual(story.unnamedFiles, ['src/new.ts']);
  const markdown = await readFile(path.join(folder, 'report.md'), 'utf8');
  assert.match(markdown, /\*\*Title:\*\* the end/);
  assert.match(markdown, /requested changes/);
  if (process.env.PAGES_OUT) await dump(process.env.PAGES_OUT, { review: html, again: again.html, report: page.html });
});

async function dump(folder: string, pages: Record<string, string>): Promise<void> {
  const { mkdir, writeFile } = await import('node:fs/promises');
  await mkdir(folder, { recursive: true });
  for (const [name, html] of Object.entries(pages)) await writeFile(path.join(folder, `${name}.html`), html);
}
