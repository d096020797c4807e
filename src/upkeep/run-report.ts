import type { RunEnding, RunRef } from '../domain/run-state.js';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { log } from '@temporalio/activity';
import type { Changes } from '../domain/change/changes.js';
import { PhasegateError } from '../domain/failures.js';
import { buildReport, type Report, type RepositoryFacts } from '../domain/record/report.js';
import { sha256 } from '../domain/text/hash.js';
import { offload } from '../offload/offload.js';
import { reportMarkdown } from '../domain/record/report-markdown.js';
import type { RunSummary } from '../domain/record/report-facts.js';
import type { Usage } from '../domain/money/usage.js';
import type { Mirror } from '../mirror/types.js';
import { keepWork, listKeptWork, type KeepWork } from '../workspace/changes/keep-work.js';
import { readPatch } from '../workspace/changes/read-patch.js';
import { readChanges } from '../workspace/changes/read-changes.js';
import { findRepository } from '../workspace/git/inspect-repository.js';
import { catchUp } from '../workspace/worktree/catch-up.js';
import { listBranchCommits, listCommits } from '../workspace/worktree/commit.js';
import { listUncommitted } from '../workspace/worktree/uncommitted.js';
import { readReservation } from '../workspace/git/reserve-branch.js';
import type { RunFolder } from '../workspace/run-folder.js';
import { openWorktree, type Worktree } from '../workspace/worktree/worktree.js';
import { freeBranch } from '../workspace/worktree/branch-hold.js';
import { withReasons } from '../workspace/worktree/not-committed.js';
import { writeFileAtomically } from '../workspace/write-atomically.js';

/** A report, and the page about it. */
export interface MadeReport {
  report: Report;
  /** HTML; null where it took too long to make. */
  html: string | null;
  usage: Usage;
}

/**
 * Makes the report of a run whose last event is in the mirror.
 *
 * @param repository - the result of `lookAtWorktree`
 */
export async function makeReport(
  mirror: Mirror,
  runId: string,
  ending: RunEnding,
  repository: Promise<RepositoryFacts | null>,
): Promise<MadeReport> {
  const [facts, story] = await Promise.all([mirror.readReportFacts(runId), mirror.readStoryFacts(runId)]);
  // the closing event has them, so that a repeated activity makes the same report
  const at = facts.run.endedAt ?? facts.events.at(-1)?.ts ?? new Date().toISOString();
  const seen = (await repository) ?? (await lookAtBranch(facts.run));
  const { usage } = facts;
  try {
    const { patch = null, ...rest } = seen;
    const known = { facts, story, ending, repository: rest, patch, at, requestIds: [] };
    return { ...(await offload('tellRun', known)), usage };
  } catch (error) {
    log.error('the page about the run could not be made', { runId, error: String(error) });
    return { report: buildReport(facts, ending, seen, at), html: null, usage };
  }
}

/** Writes the report into the run's folder, for people and for programs. */
export async function writeReport(
  folder: RunFolder,
  { report, html }: Pick<MadeReport, 'report' | 'html'>,
): Promise<void> {
  await mkdir(folder.root, { recursive: true, mode: 0o700 });
  await Promise.all([
    writeFileAtomically(folder.reportJson, `${JSON.stringify(report, null, 2)}\n`),
    writeFileAtomically(folder.reportMd, reportMarkdown(report)),
    ...(html === null ? [] : [writeFileAtomically(folder.reportHtml, html)]),
  ]);
}

/** Keeps the report in the mirror, so that it can be read without the worker's disk. */
export async function keepReport(mirror: Mirror, run: RunRef, { report, html }: MadeReport): Promise<void> {
  await mirror.saveReport(run.runId, report);
  if (html === null) return;
  const about = { id: 'report', kind: 'report', phaseKey: null, gate: null, round: null } as const;
  await mirror.savePage(run, { ...about, sha256: sha256(html), html, ts: report.endedAt });
}

const MOST_LISTED = 20;

/**
 * What the run's worktree holds, as far as it can be seen in time: a run must also end on a repository whose `git
 * status` takes minutes. It needs nothing from the mirror, so it may begin at the same time. It never throws.
 *
 * @param unfinished - the phase that was at work when the run ended: what it did not commit is kept
 * @returns null where there is no worktree, so that the branch must be asked
 */
export async function lookAtWorktree(
  folder: RunFolder,
  runId: string,
  unfinished: { phaseKey: string; attempt: number } | null = null,
): Promise<RepositoryFacts | null> {
  if (!existsSync(folder.repo)) return (await isUntouched(folder.root)) ? NOTHING : null;
  return inTime(async (signal) => {
    const worktree = await openWorktree(folder);
    await catchUp(worktree, runId, signal);
    if (unfinished) await keepUnfinished({ root: folder.root, runId, ...unfinished, signal });
    const [commits, changes, patch, files, kept] = await Promise.all([
      listCommits(worktree, signal).catch(unless(signal, null)),
      changesOfRun(worktree.gitDir, worktree.baseCommit, worktree.tip, signal),
      patchOfRun(worktree.gitDir, worktree.baseCommit, worktree.tip, signal),
      filesLeft(worktree, signal).catch(unless(signal, null)),
      keptRefs(worktree.commonDir, runId, signal),
    ]);
    const unseen = [...(commits === null ? [UNSEEN.commits] : []), ...(files === null ? [UNSEEN.files] : [])];
    return { commits: commits ?? [], changes, patch, ...(files ?? { uncommittedFiles: 0 }), kept, unseen };
  });
}

/** Lets a person switch to the branch of a run that has ended. It never throws: the report counts for more. */
export async function letBranchGo(folder: RunFolder): Promise<void> {
  if (!existsSync(folder.repo)) return;
  try {
    await freeBranch(await openWorktree(folder));
  } catch (error) {
    log.warn('the worktree of the run keeps its branch', { error: String(error) });
  }
}

/** The files of a worktree that are in no commit: how many, and the first of them with the reason. */
async function filesLeft(worktree: Worktree, signal: AbortSignal): Promise<Omit<RepositoryFacts, 'commits'>> {
  const { changed, ignored } = await listUncommitted(worktree, { ignored: true, signal });
  const listed = [changed, ignored].map((paths) => withReasons(worktree, paths.slice(0, MOST_LISTED), signal));
  const [uncommitted, notCommitted] = await Promise.all(listed);
  return { uncommittedFiles: changed.length, uncommitted, ignoredFiles: ignored.length, ignored: notCommitted };
}

/** No phase of the run worked on the repository, on this worker or another. */
async function isUntouched(root: string): Promise<boolean> {
  const reserved = await readReservation(root).catch(() => null);
  return reserved !== null && reserved.tip === reserved.baseCommit;
}

/**
 * What the branch of a run holds. Another worker may have its folder, or somebody removed it: the commits are in the
 * repository all the same.
 */
export async function lookAtBranch({ runId, repoPath, branch, baseCommit }: RunSummary): Promise<RepositoryFacts> {
  if (repoPath === null || branch === null || baseCommit === null) return NOTHING;
  return inTime(async (signal) => {
    const commonDir = await findRepository(repoPath, signal);
    return {
      commits: await listBranchCommits({ commonDir, branch, baseCommit }, signal),
      changes: await changesOfRun(commonDir, baseCommit, `refs/heads/${branch}`, signal),
      patch: await patchOfRun(commonDir, baseCommit, `refs/heads/${branch}`, signal),
      uncommittedFiles: 0,
      kept: await keptRefs(commonDir, runId, signal),
    };
  });
}

/** It never throws: the report counts for more. */
async function keepUnfinished(work: KeepWork): Promise<void> {
  await keepWork(work).catch((error: unknown) => {
    log.warn('the work that is not committed could not be kept', { phase: work.phaseKey, error: String(error) });
  });
}

async function keptRefs(commonDir: string, runId: string, signal: AbortSignal): Promise<string[]> {
  return listKeptWork(commonDir, runId, signal).then((kept) => kept.map(({ ref }) => ref), unless(signal, []));
}

/** What the run's branch changed since its base; null where git can't tell, or not in time. */
function changesOfRun(gitDir: string, baseCommit: string, tip: string, signal: AbortSignal): Promise<Changes | null> {
  return orNull(readChanges({ gitDir }, baseCommit, tip, signal), signal);
}

function patchOfRun(
  gitDir: string,
  baseCommit: string,
  tip: string,
  signal: AbortSignal,
): Promise<NonNullable<RepositoryFacts['patch']> | null> {
  return orNull(readPatch({ gitDir }, baseCommit, tip, signal), signal);
}

async function orNull<T>(read: Promise<T>, signal: AbortSignal): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (!(error instanceof PhasegateError) && !signal.aborted) throw error;
    return null;
  }
}

const NOTHING: RepositoryFacts = { commits: [], uncommittedFiles: 0 };

/** A quarter of the time of the activity, which has more to do. */
const LOOK_MS = 30_000;
/** How long a program that was told to end gets. It may hang in a disk that does not answer. */
const LEAVE_MS = 5_000;
const UNSEEN = {
  commits: `the commits of the run could not be listed within ${LOOK_MS / 1_000} s: look at its branch`,
  files: `git status took more than ${LOOK_MS / 1_000} s: there may be changes that are not committed`,
};

/** A run that ends because its folder is gone, or because its disk does not answer, still gets its report. */
async function inTime(look: (signal: AbortSignal) => Promise<RepositoryFacts>): Promise<RepositoryFacts> {
  const late = AbortSignal.timeout(LOOK_MS);
  const gaveUp = sleep(LOOK_MS + LEAVE_MS, null, { ref: false });
  try {
    const found = await Promise.race([look(late), gaveUp]);
    if (found !== null) return found;
  } catch (error) {
    log.warn('the commits of the run could not be read', { error: String(error) });
    if (!late.aborted) return NOTHING;
  }
  return { ...NOTHING, changes: null, unseen: [UNSEEN.commits, UNSEEN.files] };
}

/** Gives `otherwise` when the work took too long. Any other failure is thrown on. */
function unless<T>(late: AbortSignal, otherwise: T): (error: unknown) => T {
  return (error) => {
    if (late.aborted) return otherwise;
    throw error;
  };
}
