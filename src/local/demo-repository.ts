import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DEMO_SUBJECT } from '../model-server/demo/demo-move.js';

interface DemoCommit {
  subject: string;
  files: Record<string, string>;
}

const COMMITS: readonly DemoCommit[] = [
  {
    subject: 'Add a queue of reading items',
    files: {
      'package.json': `${JSON.stringify({ name: 'reading-list', version: '0.1.0', private: true, type: 'module', scripts: { test: 'node --test' } }, null, 2)}\n`,
      'README.md':
        '# reading-list\n\nWhat to read next, in a JSON file.\n\n    node src/cli.js add "A title"\n    node src/cli.js list\n',
      'src/store.js': `import { readFile, writeFile } from 'node:fs/promises';

export async function load(file) {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

export async function save(file, items) {
  await writeFile(file, JSON.stringify(items, null, 2) + '\\n');
}
`,
      'src/cli.js': `import { load, save } from './store.js';

const FILE = process.env.READING_LIST ?? 'reading-list.json';
const [command, ...words] = process.argv.slice(2);
const items = await load(FILE);

if (command === 'add') {
  items.push({ title: words.join(' '), addedAt: new Date().toISOString() });
  await save(FILE, items);
} else {
  for (const item of items) console.log(item.title);
}
`,
    },
  },
  {
    subject: 'Test the store',
    files: {
      '.phasegate.yaml': `# How phasegate checks the work on this repository.
checks:
  - name: test
    run: node --test
    timeout: 2m
protect: [.phasegate.yaml, package.json]
`,
      'test/store.test.js': `import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { load, save } from '../src/store.js';

test('what was saved is loaded again', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'reading-list-')), 'items.json');
  await save(file, [{ title: 'Middlemarch' }]);
  assert.deepEqual(await load(file), [{ title: 'Middlemarch' }]);
});
`,
    },
  },
];

export const DEMO_REQUIREMENTS = `# ${DEMO_SUBJECT}

\`node src/cli.js done "A title"\` marks an item as read, with the time.
\`list\` shows only what is still to be read; \`list --all\` shows everything and marks what is read.
A title that is not on the list is an error: exit code 1, and the message names the title.
Existing files without the new field must still load.
`;

/**
 * Makes a small real project in a new temporary folder: a git repository on branch `main`.
 *
 * @returns its absolute path
 */
export function makeDemoRepository(): string {
  const repository = join(mkdtempSync(join(tmpdir(), 'phasegate-demo-')), 'reading-list');
  mkdirSync(repository);
  git(repository, 'init', '--quiet', '--initial-branch=main');
  for (const { subject, files } of COMMITS) {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(repository, name)), { recursive: true });
      writeFileSync(join(repository, name), text);
    }
    git(repository, 'add', '--all');
    git(repository, 'commit', '--quiet', '--message', subject);
  }
  return repository;
}

// the demo does not use the person's own git configuration (hooks, signing, templates)
function git(cwd: string, ...args: string[]): void {
  const who = ['-c', 'user.name=phasegate demo', '-c', 'user.email=demo@localhost'];
  const env = { ...withoutGitSettings(process.env), GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  execFileSync('git', [...who, ...args], { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
}

function withoutGitSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('GIT_')));
}
