import { existsSync } from 'node:fs';
import { log } from '@temporalio/activity';
import type { Report } from '../domain/record/report.js';
import type { RunRef } from '../domain/run-state.js';
import type { Mirror } from '../mirror/types.js';
import { offload } from '../offload/offload.js';
import { readPatch } from '../workspace/changes/read-patch.js';
import { findRepository } from '../workspace/git/inspect-repository.js';
import { runFolder } from '../workspace/run-folder.js';
import { keepReport, writeReport } from './run-report.js';

/**
 * Writes how the deliveries of a run ended into its report and its page: in the mirror and, where the run's folder is
 * here, on disk. All else stays as it was when the run ended. A page whose diff can't be read any more stays as it is.
 *
 * @throws PhasegateError of the mirror and of the disk
 */
export async function renewReport(
  { mirror, workspaceRoot }: { mirror: Mirror; workspaceRoot: string },
  run: RunRef,
): Promise<void> {
  const before = await mirror.readReport(run.runId);
  if (!before) return;
  const [facts, story] = await Promise.all([mirror.readReportFacts(run.runId), mirror.readStoryFacts(run.runId)]);
  const report = { ...before, deliveries: facts.deliveries };
  const html = await patchOf(before)
    .then((patch) =>
      offload('tellRun', {
        ...{ facts, story, report, patch, requestIds: [], at: before.endedAt },
        ...{ ending: null, repository: { commits: [], uncommittedFiles: 0 } },
      }),
    )
    .then((told) => told.html)
    .catch((error: unknown) => {
      log.warn('the page about the run could not be made anew', { runId: run.runId, error: String(error) });
      return null;
    });
  const made = { report, html, usage: facts.usage };
  await keepReport(mirror, run, made);
  const folder = runFolder(workspaceRoot, run.runId);
  if (existsSync(folder.root)) await writeReport(folder, made);
}

/** What the run's own commits changed: somebody may have added others to its branch since. */
async function patchOf({ repository, commits }: Report): Promise<{ text: string; cut: boolean }> {
  const { path, baseCommit } = repository;
  const tip = commits.at(-1)?.sha;
  if (path === null || baseCommit === null || tip === undefined) return { text: '', cut: false };
  return readPatch({ gitDir: await findRepository(path) }, baseCommit, tip);
}
