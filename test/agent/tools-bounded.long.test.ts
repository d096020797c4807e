// Alone in its process: it measures how long the thread is held.
import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test, type TestContext } from 'node:test';
import type { AgentTool, ToolContext } from '../../src/agent/tools/agent-tool.js';
import { MAX_RESULT_BYTES } from '../../src/agent/tools/share-room.js';
import { editFile } from '../../src/agent/tools/files/edit-file.js';
import { glob } from '../../src/agent/tools/search/glob.js';
import { grep } from '../../src/agent/tools/search/grep.js';
import { ls } from '../../src/agent/tools/search/ls.js';
import { readFile } from '../../src/agent/tools/files/read-file.js';
import { walkInTime } from '../../src/agent/tools/search/walk-in-time.js';
import { writeFile } from '../../src/agent/tools/files/write-file.js';
import { openConfinedFolder } from '../../src/workspace/confined/confined-folder.js';
import { temporaryFolder } from '../support/git-repository.js';

const ENTRIES = 100_000;
let context: ToolContext;
let root: string;

before((t) => {
  root = temporaryFolder(t as TestContext);
  mkdirSync(join(root, 'repo/many'), { recursive: true });
  mkdirSync(join(root, 'artifacts'));
  for (let n = 0; n < ENTRIES; n++) writeFileSync(join(root, 'repo/many', `f${n}`), '');
  const huge = openSync(join(root, 'repo/huge'), 'w');
  ftruncateSync(huge, 1024 ** 3);
  closeSync(huge);
  context = {
    folder: openConfinedFolder(root, { mayWrite: () => null }),
    signal: new AbortController().signal,
    wrote: () => undefined,
  };
});

/** Longest that a tool may take, with room for a slow machine. */
const MAX_MS = 20_000;

async function inTime(tool: AgentTool, args: object): Promise<string> {
  const started = performance.now();
  const answer = await tool.run(args, context);
  assert.ok(performance.now() - started < MAX_MS, `${tool.name} took ${performance.now() - started} ms`);
  assert.ok(Buffer.byteLength(answer) <= MAX_RESULT_BYTES, `${tool.name} gave ${Buffer.byteLength(answer)} bytes`);
  return answer;
}

test('a folder of 100,000 entries is answered with some of them, in time', async () => {
  assert.match(await inTime(ls, { path: 'repo/many' }), /\[only the first 500 entries/);
  assert.match(
    await inTime(glob, { pattern: '*.ts' }),
    /^no file matches|^\[not every file was looked at; give a path\]$/,
  );
  assert.match(await inTime(glob, { pattern: 'f*' }), /\[only the first 500 matches\]$/);
  assert.match(await inTime(grep, { pattern: 'x', glob: '*.ts' }), /no line matches\n\[not everything was searched/);
});

test('a file of 1 GiB is refused, or left out, and is not read', async () => {
  const before = process.memoryUsage().rss;
  for (const [tool, args] of [
    [readFile, { path: 'repo/huge' }],
    [editFile, { path: 'repo/huge', oldText: 'a', newText: 'b' }],
  ] as const) {
    await assert.rejects(inTime(tool, args), { name: 'ToolRefusal', message: /1073741824 bytes/ });
  }
  assert.match(await inTime(ls, { path: 'repo' }), /huge {2}1073741824/);
  assert.match(await inTime(grep, { pattern: 'x', path: 'repo/huge' }), /1 files were not searched/);
  assert.ok(process.memoryUsage().rss - before < 200 * 1024 ** 2);
});

test('a tree of 2,000 folders in each other can neither be made nor slow a search down', async () => {
  await assert.rejects(inTime(writeFile, { path: `repo/${'x/'.repeat(2_000)}f`, content: '' }), {
    name: 'PathRefused',
    message: /100 names deep/,
  });
  let path = join(root, 'repo');
  // in steps: the system takes no path as long as that
  const start = process.cwd();
  try {
    process.chdir(path);
    for (let n = 0; n < 2_000; n++) {
      mkdirSync('x');
      process.chdir('x');
    }
    writeFileSync('bottom', '');
  } finally {
    process.chdir(start);
  }
  path = `repo/${'x/'.repeat(98)}`;
  await inTime(writeFile, { path: `${path}f`, content: 'found' });
  assert.equal(await inTime(glob, { pattern: 'f', path: 'repo/x' }), `${path}f`);
  assert.equal(await inTime(glob, { pattern: 'bottom', path: 'repo/x' }), 'no file matches');
});

test('a search ends when its time is up, wherever it is, and when it is cancelled', async () => {
  let cut = 0;
  for await (const _ of walkInTime(
    'repo/many',
    context,
    { cutShort: () => (cut += 1), denied: () => undefined },
    300,
  )) {
    // 20 ms a file: all of them would take half an hour
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal(cut, 1);
  const reason = new Error('cancelled');
  for (const tool of [glob, grep])
    await assert.rejects(tool.run({ pattern: 'x' }, { ...context, signal: AbortSignal.abort(reason) }), reason);
});
