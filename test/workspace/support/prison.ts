import { execFileSync } from 'node:child_process';
import { linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openConfinedFolder, type ConfinedFolder } from '../../../src/workspace/confined/confined-folder.js';
import { temporaryFolder, writeFiles } from '../../support/git-repository.js';

export const SECRET = 'canary-0f3a';

export interface Prison {
  /** The run's folder. */
  root: string;
  folder: ConfinedFolder;
  /** Everything that lies outside what agents may touch, by path and content. */
  outside(): Record<string, string>;
}

/** A run's folder full of ways out, with secrets around it. */
export async function prison(t: TestContext, mayWrite: (path: string) => string | null = () => null): Promise<Prison> {
  const base = temporaryFolder(t);
  const root = join(base, 'run');
  writeFiles(base, {
    'outside/secret.txt': SECRET,
    'outside/known-by-listing-only.txt': SECRET,
    'run-sibling/secret.txt': SECRET,
    'run/report.json': SECRET,
    'run/known-by-listing-only.txt': SECRET,
    'run/.worktree.json': SECRET,
    'run/.attempts/a.json': SECRET,
  });
  writeFiles(root, {
    'repo/README.md': 'hello\n',
    'repo/src/a.txt': 'one',
    'repo/.git': `gitdir: ${base}/outside`,
    'artifacts/a.json': '{}',
  });
  symlinkSync(join(base, 'outside'), join(root, 'repo/link-folder'));
  symlinkSync(join(base, 'outside/secret.txt'), join(root, 'repo/link-file'));
  symlinkSync('../../outside', join(root, 'repo/src/link-up'));
  symlinkSync(join(base, 'outside/new.txt'), join(root, 'repo/link-dangling'));
  symlinkSync('README.md', join(root, 'repo/link-inside'));
  symlinkSync('loop', join(root, 'repo/loop'));
  symlinkSync('/', join(root, 'artifacts/slash'));
  linkSync(join(base, 'outside/secret.txt'), join(root, 'repo/hard-link'));
  execFileSync('mkfifo', [join(root, 'repo/fifo')]);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(root, 'repo/socket'), resolve));
  t.after(() => server.close());
  mkdirSync(join(root, 'repo/empty'));
  return {
    root,
    folder: openConfinedFolder(root, { mayWrite }),
    outside: () => snapshot(base, (path) => !/^run\/(?:repo|artifacts|\.tmp)\//.test(path)),
  };
}

function snapshot(base: string, wanted: (path: string) => boolean): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (path: string): void => {
    for (const name of readdirSync(join(base, path))) {
      const below = path === '' ? name : `${path}/${name}`;
      const stats = lstatSync(join(base, below));
      if (stats.isDirectory()) visit(below);
      else if (wanted(below))
        found[below] = stats.isSymbolicLink()
          ? readlinkSync(join(base, below))
          : readFileSync(join(base, below), 'utf8');
    }
  };
  visit('');
  return found;
}
