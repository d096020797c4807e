import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

/** A real repository in a folder that is removed after the test. */
export interface TestRepository {
  path: string;
  /**
   * Runs the machine's git there, as a person would, with none of our hardening; gives its output without the last line
   * end.
   */
  git(...args: string[]): string;
  /** Writes files by path, and commits them. */
  commit(files: Record<string, string>, message?: string): string;
}

export interface RepositoryOptions {
  /** Of its folder. */
  name?: string;
  /** The first commit; no commit at all where null. */
  files?: Record<string, string> | null;
}

const FILES = { 'README.md': '# Example\n', 'src/a.txt': 'one\ntwo\n' };

/** An empty folder (real path) that is removed after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'phasegate-test-')));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** A repository for callers without a test's context: they remove it themselves. */
export function createGitRepository({ name = 'repository', files = FILES }: RepositoryOptions = {}): TestRepository & {
  remove(): void;
} {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'phasegate-test-')));
  const path = join(folder, name);
  const repository = newRepositoryAt(path);
  if (files) repository.commit(files, 'First commit');
  return { ...repository, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }) };
}

/** A repository with one commit on `main`, removed after the test. */
export function gitRepository(t: TestContext, options?: RepositoryOptions): TestRepository {
  const repository = createGitRepository(options);
  t.after(() => repository.remove());
  return repository;
}

/** Makes a folder a repository on `main`, without a commit, of somebody who may commit there. */
export function newRepositoryAt(path: string, ids: 'sha1' | 'sha256' = 'sha1'): TestRepository {
  mkdirSync(path, { recursive: true });
  const repository = repositoryAt(path);
  repository.git('init', '--quiet', '--initial-branch=main', `--object-format=${ids}`);
  repository.git('config', 'user.name', 'A Person');
  repository.git('config', 'user.email', 'person@example.com');
  return repository;
}

/** Works in a folder that is a repository already. */
export function repositoryAt(path: string): TestRepository {
  const git = (...args: string[]): string => runGit(path, args);
  return {
    path,
    git,
    commit(files, message = 'Change') {
      writeFiles(path, files);
      git('add', '--all');
      git('commit', '--quiet', '--message', message);
      return git('rev-parse', 'HEAD');
    },
  };
}

/** Writes files by their path below a folder. */
export function writeFiles(folder: string, files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

/** A shell script that can be run. */
export function writeScript(path: string, body: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
}

function runGit(cwd: string, args: readonly string[]): string {
  const env = { PATH: process.env['PATH'], HOME: cwd, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  return execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).replace(
    /\n$/,
    '',
  );
}
