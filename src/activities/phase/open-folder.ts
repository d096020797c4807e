import { activityInfo, log } from '@temporalio/activity';
import { PhasegateError } from '../../domain/failures.js';
import { sha256 } from '../../domain/text/hash.js';
import type { JsonObject } from '../../domain/text/json.js';
import { catchUp } from '../../workspace/worktree/catch-up.js';
import { nullIfMissing } from '../../workspace/disk-failure.js';
import { isLoss } from '../../workspace/lost-folder.js';
import { makeWorktree } from '../../workspace/worktree/make-worktree.js';
import { openWorktree } from '../../workspace/worktree/worktree.js';
import { holdBranch } from '../../workspace/worktree/branch-hold.js';
import { writeFileAtomically } from '../../workspace/write-atomically.js';
import { readFile } from 'node:fs/promises';
import { recordPhaseEvent } from './phase-records.js';
import type { PhaseRun } from './phase-run.js';

/** When a folder is lost more often than this, somebody removes it. */
const MAX_REBUILDS = 5;

/**
 * Opens the folder of a run on this worker. The first phase that works in it checks the files out. A folder that is
 * missing or damaged is made again: the worktree from the run's branch, the requirements from the mirror (the artifacts
 * come from there later, too). A folder that is older than the work of another worker is brought up to date.
 *
 * @param phaseRun - its progress counts the rebuilds: the agent is told of them
 * @throws PhasegateError `workspace_lost` when the repository or the mirror no longer has what is needed
 */
export async function openFolder(phaseRun: PhaseRun, signal: AbortSignal): Promise<void> {
  const { task, progress, folder, threadId } = phaseRun;
  const { mirror } = phaseRun.deps;
  const { run, repository, head } = task;
  const opened = await openWorktree(folder).catch(asLoss);
  if (opened instanceof PhasegateError) {
    if (progress.rebuilt >= MAX_REBUILDS) throw opened;
    const { path: repoPath, branch, baseCommit } = repository;
    const make = (): Promise<string> =>
      makeWorktree({
        folder,
        runId: run.runId,
        executionRunId: run.executionRunId,
        repoPath,
        branch,
        baseCommit,
        head,
        signal,
      });
    if (await isFirstUse()) await make();
    else {
      log.warn('the folder of the run is made again', { phase: task.phase.key, reason: opened.message });
      const tip = await make();
      progress.folderRebuilt();
      await tell({ reason: opened.message, tip });
    }
  } else {
    await holdBranch(opened, run.runId, signal);
    const moved = await catchUp(opened, run.runId, signal);
    if (moved) log.info('the folder of the run caught up with another worker', { phase: task.phase.key, ...moved });
    if (moved?.keptAs) await tell({ reason: 'another worker has gone on with the run', ...moved });
  }
  await restoreRequirements();

  /** Whether no agent has seen the files yet, on this worker or another. Then nothing is lost. */
  async function isFirstUse(): Promise<boolean> {
    if (task.round > 1 || task.earlier.length > 0 || head !== repository.baseCommit) return false;
    if (activityInfo().attempt === 1 && task.attemptOffset === 0) return true;
    return !(await mirror.hasConversation(run.runId, threadId));
  }

  async function tell(payload: JsonObject): Promise<void> {
    await recordPhaseEvent(
      phaseRun,
      { type: 'workspace_rebuilt', attempt: phaseRun.attempt, payload },
      progress.rebuilt,
    );
  }

  async function restoreRequirements(): Promise<void> {
    const { sha256: wanted } = task.requirements;
    const here = await readFile(folder.requirements, 'utf8').catch(nullIfMissing);
    if (here !== null && sha256(here) === wanted) return;
    const kept = await mirror.readRequirements(run.runId);
    if (kept === null || sha256(kept) !== wanted) {
      throw new PhasegateError(
        'workspace_lost',
        `${folder.requirements} is missing, or not the requirements that the run was started with, and the mirror does not have them`,
      );
    }
    await writeFileAtomically(folder.requirements, kept, { mode: 0o600 });
  }
}

/** What the agent is told in its conversation, once for each rebuild. */
export function rebuiltNote({
  task: { occurrence },
  progress: { rebuilt },
}: PhaseRun): { id: string; text: string } | null {
  if (rebuilt === 0) return null;
  const text =
    'The folder that you work in was lost and has been made again: repo/ is as it was at the last commit of this run, and what you wrote since then is gone. Look at what is there before you go on.';
  // a revision goes on in the same conversation, and counts anew
  return { id: `rebuilt-${occurrence}-${rebuilt}`, text };
}

function asLoss(error: unknown): PhasegateError {
  if (isLoss(error)) return error;
  throw error;
}
