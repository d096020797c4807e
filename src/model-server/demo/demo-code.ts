// What the scripted model writes into the repository of `npm start`. Its first version has a slip, which a check finds.

export const CLI_PATH = 'repo/src/cli.js';

const SLIP = '    console.error(`There is no "${title}" on the list.`);\n';
const MENDED = `${SLIP}    process.exitCode = 1;\n`;

/** The edit that mends the slip. */
export const MEND = { path: CLI_PATH, oldText: SLIP, newText: MENDED };

/**
 * The program with the new command.
 *
 * @param slip - whether a title that is not on the list ends with exit code 0
 */
export function cliSource(slip: boolean): string {
  return `import { load, save } from './store.js';

const FILE = process.env.READING_LIST ?? 'reading-list.json';
const [command, ...words] = process.argv.slice(2);
const items = await load(FILE);

if (command === 'add') {
  items.push({ title: words.join(' '), addedAt: new Date().toISOString() });
  await save(FILE, items);
} else if (command === 'done') {
  const title = words.join(' ');
  const item = items.find((candidate) => candidate.title === title);
  if (item) {
    item.readAt = new Date().toISOString();
    await save(FILE, items);
  } else {
${slip ? SLIP : MENDED}  }
} else {
  const all = words.includes('--all');
  for (const item of items) {
    if (all) console.log(\`\${item.readAt ? '[x]' : '[ ]'} \${item.title}\`);
    else if (!item.readAt) console.log(item.title);
  }
}
`;
}

export const TEST_PATH = 'repo/test/cli.test.js';

export const TEST_SOURCE = `import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';

const CLI = join(import.meta.dirname, '../src/cli.js');

async function listOf(...titles) {
  const file = join(await mkdtemp(join(tmpdir(), 'reading-list-')), 'items.json');
  await writeFile(file, JSON.stringify(titles.map((title) => ({ title }))));
  return (...args) =>
    new Promise((resolve) => {
      const env = { ...process.env, READING_LIST: file };
      execFile(process.execPath, [CLI, ...args], { env }, (error, stdout, stderr) =>
        resolve({ code: error ? error.code : 0, stdout, stderr }),
      );
    });
}

test('what is read is not listed any more, and --all marks it', async () => {
  const cli = await listOf('Middlemarch', 'Emma');
  assert.equal((await cli('done', 'Emma')).code, 0);
  assert.equal((await cli('list')).stdout, 'Middlemarch\\n');
  assert.equal((await cli('list', '--all')).stdout, '[ ] Middlemarch\\n[x] Emma\\n');
});

test('a title that is not on the list is an error that names it', async () => {
  const cli = await listOf('Middlemarch');
  const { code, stderr } = await cli('done', 'Ulysses');
  assert.match(stderr, /Ulysses/);
  assert.equal(code, 1);
});
`;

export const README_EDIT = {
  path: 'repo/README.md',
  oldText: '    node src/cli.js list\n',
  newText: '    node src/cli.js done "A title"\n    node src/cli.js list\n    node src/cli.js list --all\n',
};
