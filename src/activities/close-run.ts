import { mkdir } from 'node:fs/promises';
import { activityInfo, log } from '@temporalio/activity';
import type { Activities, RunEnding } from '../domain/activity-contract.js';
import type { RunRef } from '../domain/run-state.js';
import { buildReport, type Report, type RepositoryFacts } from '../domain/report.js';
import { reportMarkdown } from '../domain/report-markdown.js';
import { countUncommitted, listCommits } from '../workspace/commit.js';
import { runFolder, type RunFolder } from '../workspace/run-folder.js';
import { writeFileAtomically } from '../workspace/write-atomically.js';
import type { ActivityDeps } from './deps.js';
import { asApplicationFailure } from './temporal-failure.js';

/** So often a report is tried on a disk that refuses it; then the run closes with the report in the mirror alone. */
const DISK_TRIES = 5;

/** Writes the last events and the report, for every end of a run (S27): when it returns, the mirror is complete. */
export function createCloseRun({ config, mirror }: ActivityDeps): Activities['closeRun'] {
  return async (run, events, ending) => {
    try {
      await mirror.appendEvents(run, events);
      const folder = runFolder(config.workspaceRoot, run.runId);
      const report = await makeReport(mirror, run, ending, folder);
      await mirror.saveReport(run.runId, report);
      return { reportPath: await writeReport(folder, report) };
    } catch (error) {
      throw asApplicationFailure(error);
    }
  };
}

async function makeReport(mirror: ActivityDeps['mirror'], run: RunRef, ending: RunEnding, folder: RunFolder): Promise<Report> {
  const facts = await mirror.readReportFacts(run.runId);
  // taken from the closing event, so that a repeated activity makes the same report
  const endedAt = facts.run.endedAt ?? facts.events.at(-1)?.ts ?? new Date().toISOString();
  return buildReport(facts, ending, await repositoryFacts(folder, facts.run.baseCommit), endedAt);
}

async function repositoryFacts(folder: RunFolder, baseCommit: string | null): Promise<RepositoryFacts> {
  if (baseCommit === null) return { commits: [], uncommittedFiles: 0 };
  try {
    return { commits: await listCommits(folder.repo, baseCommit), uncommittedFiles: await countUncommitted(folder.repo) };
  } catch (error) {
    // a run that ends because its folder is gone still gets its report
    log.warn('the commits of the run could not be read', { error: String(error) });
    return { commits: [], uncommittedFiles: 0 };
  }
}

async function writeReport(folder: RunFolder, report: Report): Promise<string | null> {
  try {
    await mkdir(folder.root, { recursive: true, mode: 0o700 });
    await writeFileAtomically(folder.reportJson, `${JSON.stringify(report, null, 2)}\n`);
    await writeFileAtomically(folder.reportMd, reportMarkdown(report));
    return folder.reportMd;
  } catch (error) {
    if (activityInfo().attempt < DISK_TRIES) throw error;
    log.error('the report could not be written to disk, it is in the mirror alone', { error: String(error) });
    return null;
  }
}
