import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { listChanges } from './uncommitted.js';
import { errnoOf, nullIfMissing } from '../disk-failure.js';
import { gitIn } from '../git/git-in.js';
import type { Worktree } from './worktree.js';
import { isReadable } from './is-readable.js';
import { outlookOf } from './outlook.js';

/** A file of a worktree that is in no commit. */
export interface NotCommitted {
  /** The path from the worktree's folder. */
  path: string;
  why: string;
}

const MOST_NAMED = 1_000;

/**
 * Finds the files that are in no commit after everything was committed that can be.
 *
 * @param written - files that tools told an agent are written, from the worktree's folder: git does not list ignored
 *   ones by itself
 * @returns at most 1,000, in the order of their paths
 * @throws PhasegateError `workspace_failed`
 */
export async function findNotCommitted(
  worktree: Worktree,
  written: readonly string[],
  signal?: AbortSignal,
): Promise<NotCommitted[]> {
  const [changed, missing] = await Promise.all([listChanges(worktree, signal), missingOf(worktree, written, signal)]);
  return withReasons(worktree, [...new Set([...changed, ...missing])], signal);
}

/** Tells why files are in no commit. */
export async function withReasons(
  worktree: Worktree,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<NotCommitted[]> {
  const named = [...paths].sort().slice(0, MOST_NAMED);
  const outlook = await outlookOf(worktree, named, signal);
  const found: NotCommitted[] = [];
  for (const path of named) {
    const known = outlook.get(path);
    const why =
      known && known.kind !== 'encoding'
        ? known.why
        : (await isReadable(join(worktree.repo, path)))
          ? 'not committed'
          : 'not readable by the worker';
    found.push({ path, why });
  }
  return found;
}

/**
 * Finds the files among these that no commit can have: ignored files, and files in a submodule or behind a filter.
 *
 * @param written - paths from the worktree's folder
 * @returns at most 1,000, in the order of their paths
 * @throws PhasegateError `workspace_failed`
 */
export async function neverCommitted(worktree: Worktree, written: readonly string[]): Promise<NotCommitted[]> {
  const there = (await stillThere(worktree, written)).sort().slice(0, MOST_NAMED);
  const outlook = [...(await outlookOf(worktree, there))].filter(([, { kind }]) => kind !== 'encoding');
  return outlook.map(([path, { why }]) => ({ path, why })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function missingOf(
  worktree: Worktree,
  written: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const { repo, gitDir, branch } = worktree;
  const there = await stillThere(worktree, written);
  if (there.length === 0) return [];
  const input = there.map((path) => `refs/heads/${branch}:${path}\n`).join('');
  const { text } = await gitIn({ repo, gitDir }, ['cat-file', '--batch-check'], { input, signal });
  return text.split('\n').flatMap((line, n) => (line.endsWith(' missing') ? (there[n] ?? []) : []));
}

async function stillThere({ repo }: Worktree, written: readonly string[]): Promise<string[]> {
  const there: string[] = [];
  for (const path of new Set(written)) if (await isThere(join(repo, path))) there.push(path);
  return there;
}

async function isThere(path: string): Promise<boolean> {
  // a file that may not be looked at may well be there
  return (
    (await lstat(path).catch((error: unknown) => (errnoOf(error) === 'EACCES' ? 'hidden' : nullIfMissing(error)))) !==
    null
  );
}
