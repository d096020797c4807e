import { cut } from '../../domain/failures.js';
import { changedEntries, changedPaths, pathsIn } from '../../workspace/changes/changed-paths.js';
import { convertedPaths } from '../../workspace/changes/converted-paths.js';
import type { PhaseRun } from '../phase/phase-run.js';
import type { CheckedWork } from './checked-work.js';

const MOST_NAMED = 10;

/**
 * Why files of a proof are none: what is in no commit, nobody can check again, and with a folder all that the phase did
 * to the source could come along.
 *
 * @param files - those that the artifact lists
 * @returns one sentence; null when nothing is wrong
 */
export async function missingFiles(
  { worktree, tree }: CheckedWork,
  files: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  const there = await pathsIn({ gitDir: worktree.gitDir }, tree, files, signal);
  const lost = files.filter((file) => !there.has(file));
  const folders = files.filter((file) => there.get(file) === 'tree');
  if (folders.length > 0) return `${listed(folders)} is a folder: name the files of the proof one by one`;
  return lost.length === 0 ? null : `${listed(lost)} will be in no commit: it is missing, ignored, or not in repo/`;
}

/**
 * Why a phase did more than add the files of its proof, in this execution or an earlier one. A file that it changed may
 * be what makes the command red; one that it added and does not list could be changed by a later phase to make it green.
 *
 * @param files - those that the artifact lists
 * @returns one sentence; null when nothing is wrong
 */
export async function moreThanProof(
  { task }: PhaseRun,
  { worktree, tree }: CheckedWork,
  files: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  const place = { gitDir: worktree.gitDir };
  const now = await changedPaths(place, task.head, tree, signal);
  const converted = await convertedPaths(worktree, task.head, tree, now, signal);
  const own = new Set(now);
  for (const { phaseKey, sha } of task.commits)
    if (phaseKey === task.phase.key)
      for (const path of await changedPaths(place, `${sha}^`, sha, signal)) own.add(path);
  const entries = (await changedEntries(place, task.repository.baseCommit, tree, signal)).filter(({ path }) =>
    own.has(path),
  );
  const changed = [...entries.filter(({ isNew }) => !isNew).map(({ path }) => path), ...converted];
  if (changed.length > 0)
    return `${listed(changed)} was there before, and you changed it, or .gitattributes gives it other bytes: bring it back. A proof may only add files, so that nothing else makes it red`;
  const unlisted = entries.filter(({ path, isNew }) => isNew && !files.includes(path)).map(({ path }) => path);
  return unlisted.length === 0
    ? null
    : `${listed(unlisted)} is new, and is not among the files of the proof: list it there, so that it stays as it is, or take it away`;
}

/**
 * Why the files of a proof are no longer as the phase of their artifact left them.
 *
 * @param phaseKey - that phase
 * @param files - those that its artifact lists
 * @returns one sentence; null when they are the same, byte for byte
 */
export async function changedFiles(
  { task }: PhaseRun,
  phaseKey: string,
  { worktree, tree }: CheckedWork,
  files: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  if (files.length === 0) return null;
  // tasks of older workers do not say where the phase ended: then its own commit counts, if it has one
  const before =
    task.earlier.findLast((one) => one.phaseKey === phaseKey)?.endedAt ??
    task.commits.findLast((commit) => commit.phaseKey === phaseKey)?.sha ??
    task.head;
  const differing = await changedPaths({ gitDir: worktree.gitDir }, before, tree, signal);
  const paths = [...differing, ...(await convertedPaths(worktree, before, tree, differing, signal))];
  const touched = files.filter((file) => paths.some((path) => path === file || path.startsWith(`${file}/`)));
  return touched.length === 0
    ? null
    : `${listed(touched)} was changed, or .gitattributes gives it other bytes: bring it back to what phase ${phaseKey} left (commit ${before.slice(0, 12)})`;
}

function listed(files: readonly string[]): string {
  const named = files.slice(0, MOST_NAMED).map((file) => JSON.stringify(cut(file, 200)));
  return `${named.join(', ')}${files.length > named.length ? ` and ${files.length - named.length} more` : ''}`;
}
