import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { copyClone, type CopiedClone } from '../local/support/copied-clone.js';
import { blocks, pages } from './pages.js';

/** Lines that CI runs by itself, or that would run this very test. */
const RUN_ELSEWHERE = /^npm (test|run typecheck|run lint|run generate|run screenshots)\b.*$/gm;
/** Pages whose commands bring up a stack of their own, and those that talk to one that is up. */
const STACK_OF_THEIR_OWN = ['docs/templates.md'];

let clone: CopiedClone;
before(() => {
  clone = copyClone();
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', clone.root, '-c', 'user.name=ann', '-c', 'user.email=ann@example.org', ...args], {
      stdio: 'pipe',
    });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'clone');
});
after(() => clone.remove());

/** The blocks of a page as one script, that stops at the first command that fails. */
function scriptOf(page: string): string {
  const text = blocks(page)
    .filter(({ language }) => language === 'sh')
    .map(({ text: block }) => block)
    .join('\n');
  return `set -euo pipefail\n${text.replaceAll('/tmp/shop', path.join(clone.root, '../shop')).replace(RUN_ELSEWHERE, ':')}`;
}

for (const page of STACK_OF_THEIR_OWN) {
  test(`${page}: its commands do what it says`, async () => {
    const { code, output } = await clone.run(['bash', '-c', scriptOf(page)]);
    assert.equal(code, 0, output);
    assert.match(output, /draft +completed after 1 attempt/);
  });
}

test('the other pages: their commands work on the stack that npm run dev keeps up', { timeout: 300_000 }, async (t) => {
  const dev = await startDev();
  try {
    for (const page of pages().filter((name) => !STACK_OF_THEIR_OWN.includes(name))) {
      const script = scriptOf(page);
      if (!blocks(page).some(({ language }) => language === 'sh')) continue;
      await t.test(`${page}: its commands`, { timeout: 120_000 }, async () => {
        const { code, output } = await clone.run(['bash', '-c', script]);
        assert.equal(code, 0, output);
      });
    }
  } finally {
    await dev.stop();
  }
  assert.deepEqual(clone.leftBehind(), []);
});

async function startDev(): Promise<{ stop(): Promise<void> }> {
  let kill: (signal: NodeJS.Signals) => void = () => undefined;
  let ended: Promise<unknown> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    ended = clone.run(['npm', 'run', 'dev'], {
      onLine: (line, send) => {
        kill = send;
        if (line.startsWith('ready')) resolve();
      },
    });
    ended.then((end) => reject(new Error(`npm run dev ended: ${JSON.stringify(end)}`)), reject);
  });
  return {
    stop: async () => {
      kill('SIGINT');
      await ended;
    },
  };
}
