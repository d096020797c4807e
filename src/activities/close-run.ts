import { activityInfo, log } from '@temporalio/activity';
import type { Activities } from '../domain/activity-contract.js';
import { runFolder, type RunFolder } from '../workspace/run-folder.js';
import type { ActivityDeps } from './deps.js';
import {
  keepReport,
  letBranchGo,
  lookAtWorktree,
  makeReport,
  writeReport,
  type MadeReport,
} from '../upkeep/run-report.js';
import { findChangedArtifact } from './phase/earlier-artifacts.js';
import { asApplicationFailure } from './temporal-failure.js';

/** A report is tried this often on a disk that refuses it. Then the run closes, and only the mirror has the report. */
const DISK_TRIES = 5;

/**
 * Writes the last events and the report, for every end of a run (S27). When it returns, the mirror is complete. A run
 * completes only with the artifacts that were approved.
 */
export function createCloseRun({ config, mirror }: ActivityDeps): Activities['closeRun'] {
  return async (run, events, ending, artifacts) => {
    try {
      const folder = runFolder(config.workspaceRoot, run.runId);
      const changed = ending.state === 'completed' ? await findChangedArtifact(folder.root, artifacts) : null;
      if (changed !== null) {
        // the run has not completed after all: the workflow ends it as failed, and asks again
        await mirror.appendEvents(
          run,
          events.filter(({ type }) => type !== 'run_completed'),
        );
        return { reportPath: null, changed };
      }
      const repository = lookAtWorktree(folder, run.runId, ending.unfinished ?? null);
      await mirror.appendEvents(run, events);
      const made = await makeReport(mirror, run.runId, ending, repository);
      const [reportPath] = await Promise.all([
        tryToWrite(folder, made),
        letBranchGo(folder),
        keepReport(mirror, run, made),
        config.keepConversationsMs === 0 ? mirror.deleteConversations(run.runId) : undefined,
      ]);
      return { reportPath, usage: made.usage };
    } catch (error) {
      throw asApplicationFailure(error);
    }
  };
}

async function tryToWrite(folder: RunFolder, made: MadeReport): Promise<string | null> {
  try {
    await writeReport(folder, made);
    return folder.reportMd;
  } catch (error) {
    if (activityInfo().attempt < DISK_TRIES) throw error;
    log.error('the report could not be written to disk, it is in the mirror alone', { error: String(error) });
    return null;
  }
}
