import { chmod, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PhasegateError } from '../domain/failures.js';
import { isUuid } from '../domain/text/uuid.js';
import { diskFailure } from './disk-failure.js';

/** The only folders of a run that its agents see. */
export const AGENT_FOLDERS: readonly string[] = ['repo', 'artifacts', 'checks'];

/**
 * What phasegate keeps for itself in a run's folder. Agents don't see it, because it is beside their folders.
 */
export const OWN_NAMES = {
  /** Files that are being written. They are renamed when they are complete. */
  temporary: '.tmp',
  /** Artifacts of earlier attempts. */
  attempts: '.attempts',
  /** Files that were in the way and may be somebody's work. They are never deleted, only moved. */
  setAside: '.set-aside',
  /** The facts that are known of the worktree. */
  worktree: '.worktree.json',
  /** The lock for changes of the worktree, its record or its branch. */
  lock: '.lock',
  /** A file for each attempt that claims the folder. Only the newest attempt may write. */
  claims: '.claims',
  /** The worktree in which checks run, the home of their commands, and the facts about both. */
  checked: 'checked',
  checkedHome: '.checked-home',
  checkedRecord: '.checked.json',
} as const;

/** Absolute paths of a run's folder. */
export interface RunFolder {
  root: string;
  /** The git worktree. */
  repo: string;
  artifacts: string;
  /** What checks wrote. Agents may read it. */
  checks: string;
  requirements: string;
  reportJson: string;
  reportMd: string;
  reportHtml: string;
  /** What people read at the gate that opened last. */
  reviewHtml: string;
}

/**
 * Where a run keeps its files (S07). It does not look at the disk.
 *
 * @param workspaceRoot - folder of all runs; a relative one is taken from the working directory
 * @param runId - Temporal's first execution run id; anything but a UUID is an `internal_error`
 */
export function runFolder(workspaceRoot: string, runId: string): RunFolder {
  if (!isUuid(runId))
    throw new PhasegateError('internal_error', 'a run id must be a UUID', { runId: runId.slice(0, 100) });
  const root = resolve(workspaceRoot, runId.toLowerCase());
  return {
    root,
    repo: join(root, 'repo'),
    artifacts: join(root, 'artifacts'),
    checks: join(root, 'checks'),
    requirements: join(root, 'requirements.md'),
    reportJson: join(root, 'report.json'),
    reportMd: join(root, 'report.md'),
    reportHtml: join(root, 'report.html'),
    reviewHtml: join(root, 'review.html'),
  };
}

/**
 * Makes the folder of a run with `artifacts/` in it, for the worker's user only (0700). Doing it again changes nothing.
 *
 * @param folder - from {@link runFolder}; a disk that refuses is a failure `workspace_failed`
 */
export async function createRunFolder(folder: RunFolder): Promise<void> {
  try {
    await mkdir(folder.artifacts, { recursive: true, mode: 0o700 });
    await chmod(folder.root, 0o700);
  } catch (error) {
    throw diskFailure(error, `the run's folder ${folder.root} cannot be made`);
  }
}
