import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { log } from '@temporalio/activity';
import type { RunEnding } from '../domain/activity-contract.js';
import { buildReport, type Report, type RepositoryFacts } from '../domain/report.js';
import { reportMarkdown } from '../domain/report-markdown.js';
import type { RunSummary } from '../domain/report-facts.js';
import type { Mirror } from '../mirror/types.js';
import { catchUp } from '../workspace/catch-up.js';
import { listBranchCommits, listCommits, listUncommitted } from '../workspace/commit.js';
import { readReservation } from '../workspace/reserve-branch.js';
import type { RunFolder } from '../workspace/run-folder.js';
import { openWorktree } from '../workspace/worktree.js';
import { freeBranch } from '../workspace/worktree/branch-hold.js';
import { withReasons } from '../workspace/worktree/not-committed.js';
import { writeFileAtomically } from '../workspace/write-atomically.js';

/**
 * Makes the report of a run whose last event is in the mirror.
 *
 * @param repository - what `lookAtWorktree` finds
 */
export async function makeReport(mirror: Mirror, runId: string, ending: RunEnding, repository: Promise<RepositoryFacts | null>): Promise<Report> {
  const facts = await mirror.readReportFacts(runId);
  // taken from the closing event, so that a repeated activity makes the same report
  const endedAt = facts.run.endedAt ?? facts.events.at(-1)?.ts ?? new Date().toISOString();
  return buildReport(facts, ending, (await repository) ?? (await branchFacts(facts.run)), endedAt);
}

/** Writes the report into the run's folder, for people and for programs. */
export async function writeReport(folder: RunFolder, report: Report): Promise<void> {
  await mkdir(folder.root, { recursive: true, mode: 0o700 });
  await Promise.all([
    writeFileAtomically(folder.reportJson, `${JSON.stringify(report, null, 2)}\n`),
    writeFileAtomically(folder.reportMd, reportMarkdown(report)),
  ]);
}

const MOST_LISTED = 20;

/** What the run's worktree holds; null where there is none and the branch has to be asked. Needs nothing of the mirror, so that it may begin beside it. Never throws. */
export async function lookAtWorktree(folder: RunFolder, runId: string): Promise<RepositoryFacts | null> {
  if (!existsSync(folder.repo)) return (await isUntouched(folder.root)) ? NOTHING : null;
  return orNothing(async () => {
    const worktree = await openWorktree(folder);
    await catchUp(worktree, runId);
    const [commits, { changed, ignored }] = await Promise.all([listCommits(worktree), listUncommitted(worktree, { ignored: true })]);
    const [uncommitted, notCommitted] = await Promise.all([changed, ignored].map((paths) => withReasons(worktree, paths.slice(0, MOST_LISTED))));
    return { commits, uncommittedFiles: changed.length, uncommitted, ignoredFiles: ignored.length, ignored: notCommitted };
  });
}

/** Lets a person switch to the branch of a run that has ended. Never throws: the report counts for more. */
export async function letBranchGo(folder: RunFolder): Promise<void> {
  if (!existsSync(folder.repo)) return;
  try {
    await freeBranch(await openWorktree(folder));
  } catch (error) {
    log.warn('the worktree of the run keeps its branch', { error: String(error) });
  }
}

/** No phase of the run worked on the repository, here or elsewhere. */
async function isUntouched(root: string): Promise<boolean> {
  const reserved = await readReservation(root).catch(() => null);
  return reserved !== null && reserved.tip === reserved.baseCommit;
}

/** Another worker had the folder, or somebody removed it: the commits are in the repository all the same. */
async function branchFacts({ repoPath, branch, baseCommit }: RunSummary): Promise<RepositoryFacts> {
  if (repoPath === null || branch === null || baseCommit === null) return NOTHING;
  return orNothing(async () => ({ commits: await listBranchCommits({ repoPath, branch, baseCommit }), uncommittedFiles: 0 }));
}

const NOTHING: RepositoryFacts = { commits: [], uncommittedFiles: 0 };

/** A run that ends because its folder is gone still gets its report. */
async function orNothing(look: () => Promise<RepositoryFacts>): Promise<RepositoryFacts> {
  try {
    return await look();
  } catch (error) {
    log.warn('the commits of the run could not be read', { error: String(error) });
    return NOTHING;
  }
}
