import { join } from 'node:path';
import { PhasegateError } from '../../domain/failures.js';
import { keepWork, type KeptWork } from '../changes/keep-work.js';
import { gitIn } from '../git/git-in.js';
import { withLock } from '../git/process-lock.js';
import { OWN_NAMES } from '../run-folder.js';
import { CHECKOUT_LIMIT_MS } from './check-out.js';
import { stageEverything } from './stage-changes.js';
import { openWorktree } from './worktree.js';
import { readRecord, writeRecord } from './worktree-record.js';

/** What was ignored only by a `.gitignore` of that work shows after the first time. */
const MOST_TIMES = 5;

export interface LeaveBehind {
  /** The run's folder. */
  root: string;
  runId: string;
  /** The phase that was skipped. */
  phaseKey: string;
  /** Identifies the skip. For each the work is left behind once, so that later work stays. */
  id: string;
  signal?: AbortSignal;
}

/**
 * Takes the worktree back to the last commit of the run, because a phase was skipped: work that nothing has proven must
 * not be committed by the next phase. It is kept under refs of the repository, see {@link keepWork}.
 *
 * @returns what was kept; nothing when there was no such work, or it was left behind before
 * @throws PhasegateError `workspace_lost`, `workspace_failed`
 */
export async function leaveBehind({ root, runId, phaseKey, id, signal }: LeaveBehind): Promise<KeptWork[]> {
  if ((await readRecord(root))?.leftBehind === id) return [];
  const all: KeptWork[] = [];
  for (let kept = await keep(); kept !== null; kept = await keep()) {
    if (all.push(kept) > MOST_TIMES)
      throw new PhasegateError('workspace_failed', `the work of ${phaseKey}, which was skipped, comes back in ${root}`);
    await goBack(root, signal);
  }
  const record = await readRecord(root);
  if (record) await writeRecord(root, { ...record, leftBehind: id });
  return all;

  function keep(): Promise<KeptWork | null> {
    return keepWork({ root, runId, phaseKey, attempt: 0, signal });
  }
}

async function goBack(root: string, signal: AbortSignal | undefined): Promise<void> {
  const worktree = await openWorktree({ root });
  const head = worktree.filesTip ?? worktree.tip;
  await withLock(
    join(worktree.root, OWN_NAMES.lock),
    async (held) => {
      // git removes only the new files that its index has
      await stageEverything(worktree, head, held);
      await gitIn(worktree, ['read-tree', '--reset', '-u', head], { signal: held, timeoutMs: CHECKOUT_LIMIT_MS });
    },
    signal,
  );
}
