import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes a repository of 20 small files with one commit on `main`, below a folder.
 *
 * @returns its path
 */
export function makeRepository(folder: string): string {
  const repository = join(folder, 'repository');
  mkdirSync(join(repository, 'src'), { recursive: true });
  const git = (...args: string[]): void => {
    const env = { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
    execFileSync('git', args, { cwd: repository, env, stdio: ['ignore', 'ignore', 'pipe'] });
  };
  git('init', '--quiet', '--initial-branch=main');
  writeFileSync(join(repository, 'README.md'), '# Orders\n\nKeeps the orders of a small shop.\n');
  for (let index = 1; index < 20; index++)
    writeFileSync(join(repository, 'src', `module-${index}.js`), `export const number = ${index};\n`.repeat(20));
  git('add', '--all');
  git('-c', 'user.name=Bench', '-c', 'user.email=bench@example.com', 'commit', '--quiet', '--message', 'First commit');
  return repository;
}
