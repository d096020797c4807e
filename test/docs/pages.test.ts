import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { SETTINGS } from '../../src/config.js';
import { TOOLS } from '../../src/domain/names.js';
import { EVENT_TYPES } from '../../src/domain/record/events.js';
import { FAILURES } from '../../src/domain/failures.js';
import { IGNORE_REASONS } from '../../src/domain/gate-decisions.js';
import { commands } from '../../src/client/commands.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { blocks, pages, readPage } from './pages.js';

/** Variables that no worker reads: of Compose, of the tests. */
const OTHER_VARIABLES = new Set(
  ['deploy/env.example', 'docker-compose.yml', 'test/run.ts'].flatMap(
    (file) => readFileSync(path.join(PACKAGE_ROOT, file), 'utf8').match(/PHASEGATE_\w+/g) ?? [],
  ),
);
/** Blocks that no test can run, by their first line. */
const NOT_RUN: Record<string, RegExp> = {
  'README.md': /^export OPENAI_API_KEY=/, // a paid model
  'docs/deploying.md': /^(cp deploy|docker|PHASEGATE_TEMPORAL_ADDRESS=)/, // a Docker engine
};

test('the parts that are made from the code are up to date', () => {
  const output = execFileSync(process.execPath, ['--import', 'tsx', 'scripts/generate-docs.ts', '--check'], {
    cwd: PACKAGE_ROOT,
    encoding: 'utf8',
  });
  assert.equal(output, '');
});

test('the README fits a first reading', () => {
  const lines = readPage('README.md').split('\n').length;
  assert.ok(lines >= 80 && lines <= 135, `${lines} lines`);
});

for (const page of pages()) {
  const text = readPage(page);

  test(`${page}: every link leads somewhere`, () => {
    for (const [, target = ''] of text.matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
      if (!target.startsWith('http'))
        assert.ok(existsSync(path.join(PACKAGE_ROOT, path.dirname(page), target)), target);
    }
  });

  test(`${page}: every path, script, command, variable and code that it names exists`, () => {
    for (const [, name = ''] of text.matchAll(
      /`((?:src|test|docs|schemas|templates|personas|prisma|deploy|scripts)\/[\w./-]+)`/g,
    ))
      assert.ok(existsSync(path.join(PACKAGE_ROOT, name)), name);
    const { scripts } = JSON.parse(readFileSync(path.join(PACKAGE_ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const [, name = ''] of text.matchAll(/npm run (?:--silent |-s )?([\w:-]+)/g))
      assert.ok(name in scripts, `npm run ${name}`);
    for (const [, name = ''] of text.matchAll(/npm run (?:--silent )?client -- ([\w-]+)/g))
      assert.ok(name in commands || name === 'COMMAND', `client ${name}`);
    const variables = new Set<string>(Object.values(SETTINGS).map(({ name }) => name));
    for (const [name] of text.matchAll(/PHASEGATE_[A-Z_]+[A-Z]/g))
      assert.ok(variables.has(name) || OTHER_VARIABLES.has(name), name);
    const words = new Set<string>([...Object.keys(FAILURES), ...EVENT_TYPES, ...IGNORE_REASONS, ...TOOLS]);
    for (const [, name = ''] of text.matchAll(
      /`((?:artifact|run|gate|approval|model|phase|decision|budget|price|template|persona|repo|schema|worker|temporal|mirror)_[a-z_]+)`/g,
    )) {
      assert.ok(words.has(name) || isInDatabase(name), name);
    }
  });

  test(`${page}: a block is run by a test, or is known to be one that can't be`, () => {
    for (const { language, text: block } of blocks(page)) {
      assert.ok(['sh', 'console', 'yaml', 'sql', 'text', 'json'].includes(language), `a block of ${language}`);
      if (language === 'console') assert.match(block, NOT_RUN[page] ?? /(?!)/);
    }
  });
}

test('docs/gates.md explains every reason for which a decision is not applied', () => {
  for (const reason of IGNORE_REASONS) assert.match(readPage('docs/gates.md'), new RegExp(`\`${reason}\``));
});

/** A table or a column. */
function isInDatabase(name: string): boolean {
  return readFileSync(path.join(PACKAGE_ROOT, 'prisma/schema.prisma'), 'utf8').includes(`@map("${name}")`);
}
