import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PhasegateError } from '../../domain/failures.js';
import { isJsonObject } from '../../domain/text/json.js';
import { tipOf } from '../git/branch-tip.js';
import { diskFailure, errnoOf, nullIfMissing } from '../disk-failure.js';
import { OWN_NAMES } from '../run-folder.js';
import { writeFileAtomically } from '../write-atomically.js';

/**
 * The facts about a run's worktree. They are where agents can't reach them, so that no `.git` in the agents' folder has
 * to be believed.
 */
export interface WorktreeRecord {
  /**
   * It is `reserved` while there is a branch and no worktree, and `preparing` until git has checked everything out. No
   * agent has worked there before that.
   */
  state: 'reserved' | 'preparing' | 'ready';
  runId: string;
  branch: string;
  baseCommit: string;
  commonDir: string;
  /** The worktree's own git directory, below `commonDir`; empty before it is ready. */
  gitDir: string;
  /**
   * Commit on which the files in the worktree are based. The branch is at another commit when another worker has gone
   * on with the run.
   */
  tip?: string;
  /** The execution whose state the worktree holds. It is not set before the first reset. */
  executionRunId?: string;
  /** The last skip of a phase after which the worktree went back to the run's last commit, by its id. */
  leftBehind?: string;
}

/**
 * The record of a run's folder; null when there is none. @throws PhasegateError `workspace_lost` when it can't be read
 */
export async function readRecord(root: string): Promise<WorktreeRecord | null> {
  const path = join(root, OWN_NAMES.worktree);
  const damaged = (cause?: unknown): PhasegateError =>
    new PhasegateError('workspace_lost', `${path} is damaged`, {}, { cause });
  const text = await readFile(path, 'utf8')
    .catch(nullIfMissing)
    .catch((error: unknown) => {
      throw errnoOf(error) === 'EISDIR' ? damaged(error) : diskFailure(error, `${path} cannot be read`);
    });
  if (text === null) return null;
  const value = parsed(text);
  if (!isRecord(value)) throw damaged();
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is WorktreeRecord {
  if (!isJsonObject(value)) return false;
  const { state, runId, branch, baseCommit, commonDir, gitDir } = value;
  const texts = [runId, branch, baseCommit, commonDir, gitDir].every((field) => typeof field === 'string');
  return texts && (state === 'reserved' || state === 'preparing' || state === 'ready');
}

export async function writeRecord(root: string, record: WorktreeRecord): Promise<void> {
  try {
    await writeFileAtomically(join(root, OWN_NAMES.worktree), `${JSON.stringify(record, null, 2)}\n`);
  } catch (error) {
    throw diskFailure(error, `the record of the worktree in ${root} cannot be written`);
  }
}

/** Notes on which commit the files in the worktree are based now. */
export async function noteTip(root: string, tip: string): Promise<void> {
  const record = await readRecord(root);
  if (record && record.tip !== tip) await writeRecord(root, { ...record, tip });
}

/**
 * Whether a worktree can be used.
 *
 * @param repo - real path of the worktree
 * @returns the commit that its branch is at, or one sentence that says what is wrong with it
 */
export async function inspectWorktree(
  record: WorktreeRecord,
  repo: string,
): Promise<{ tip: string } | { damage: string }> {
  const { gitDir, commonDir, branch } = record;
  if (record.state !== 'ready')
    return { damage: `${repo} was never ${record.state === 'reserved' ? 'made' : 'completed'}` };
  if (!(await isFolder(repo))) return { damage: `${repo} is gone` };
  const pointer = await readFile(join(gitDir, 'gitdir'), 'utf8').catch(nullIfMissing);
  if (pointer?.trim() !== join(repo, '.git')) return { damage: `git's record of the worktree, ${gitDir}, is gone` };
  const tip = await tipOf(commonDir, branch);
  return tip === null ? { damage: `the branch ${branch} is gone` } : { tip };
}

async function isFolder(path: string): Promise<boolean> {
  const stats = await lstat(path).catch((error) => (errnoOf(error) === 'EACCES' ? null : nullIfMissing(error)));
  return stats?.isDirectory() === true;
}
