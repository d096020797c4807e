import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { log } from '@temporalio/activity';
import type { RunEnding } from '../domain/activity-contract.js';
import { buildReport, type Report, type RepositoryFacts } from '../domain/report.js';
import { reportMarkdown } from '../domain/report-markdown.js';
import type { RunSummary } from '../domain/report-facts.js';
import type { Mirror } from '../mirror/types.js';
import { catchUp } from '../workspace/catch-up.js';
import { countUncommitted, listBranchCommits, listCommits } from '../workspace/commit.js';
import type { RunFolder } from '../workspace/run-folder.js';
import { openWorktree } from '../workspace/worktree.js';
import { writeFileAtomically } from '../workspace/write-atomically.js';

/** Makes the report of a run whose last event is in the mirror. */
export async function makeReport(mirror: Mirror, runId: string, ending: RunEnding, folder: RunFolder): Promise<Report> {
  const facts = await mirror.readReportFacts(runId);
  // taken from the closing event, so that a repeated activity makes the same report
  const endedAt = facts.run.endedAt ?? facts.events.at(-1)?.ts ?? new Date().toISOString();
  return buildReport(facts, ending, await repositoryFacts(folder, facts.run), endedAt);
}

/** Writes the report into the run's folder, for people and for programs. */
export async function writeReport(folder: RunFolder, report: Report): Promise<void> {
  await mkdir(folder.root, { recursive: true, mode: 0o700 });
  await writeFileAtomically(folder.reportJson, `${JSON.stringify(report, null, 2)}\n`);
  await writeFileAtomically(folder.reportMd, reportMarkdown(report));
}

async function repositoryFacts(folder: RunFolder, { runId, repoPath, branch, baseCommit }: RunSummary): Promise<RepositoryFacts> {
  if (baseCommit === null) return { commits: [], uncommittedFiles: 0 };
  try {
    if (!existsSync(folder.repo) && repoPath !== null && branch !== null) {
      // another worker had the folder, or somebody removed it: the commits are in the repository all the same
      return { commits: await listBranchCommits({ repoPath, branch, baseCommit }), uncommittedFiles: 0 };
    }
    const worktree = await openWorktree(folder);
    await catchUp(worktree, runId);
    return { commits: await listCommits(worktree), uncommittedFiles: await countUncommitted(worktree) };
  } catch (error) {
    // a run that ends because its folder is gone still gets its report
    log.warn('the commits of the run could not be read', { error: String(error) });
    return { commits: [], uncommittedFiles: 0 };
  }
}
