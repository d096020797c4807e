import type { RunEnding, RunState } from '../run-state.js';
import type { ReportStory } from '../story/report-story.js';
import type { PlannedCommands } from '../check/planned-check.js';
import type { CommitRef } from '../artifact.js';
import { NO_CHANGES, type Changes } from '../change/changes.js';
import type {
  ArtifactFacts,
  CheckFacts,
  DeliveryFacts,
  FallbackFacts,
  PhaseFacts,
  ReportFacts,
  RoundFacts,
} from './report-facts.js';
import { addMoney, compareMoney, NO_MONEY, toUsd, type Money } from '../money/amount.js';
import { formatUsd, knownUsd } from '../money/show.js';
import type { Usage } from '../money/usage.js';

/** The report of a run, as it is in `report.json` (S27). */
export interface Report {
  runId: string;
  workflowId: string;
  /** Of a run that goes on: how it stands when the report is made. */
  status: RunState;
  error: RunEnding['error'];
  template: { name: string | null; version: string | null; hash: string | null };
  objective: string | null;
  repository: { path: string | null; baseBranch: string | null; baseCommit: string | null; branch: string | null };
  startedAt: string | null;
  endedAt: string;
  durationMs: number;
  phases: (Pick<PhaseFacts, 'key' | 'state' | 'round' | 'attempts' | 'startedAt' | 'endedAt' | 'reason'> & {
    durationMs: number | null;
    persona: string | null;
  })[];
  artifacts: Pick<
    ArtifactFacts,
    'phaseKey' | 'round' | 'attempt' | 'path' | 'schemaId' | 'sha256' | 'bytes' | 'valid' | 'reason'
  >[];
  /** Each time that work was sent back, and each approval that counts no more because of it. */
  rounds: RoundFacts[];
  /** Each time that a phase went on with another model: no quota was left, or patience was over. */
  fallbacks: FallbackFacts[];
  commits: CommitRef[];
  /** Where the commands of the run come from, and what they may do; null for a run without a plan. */
  commands: PlannedCommands | null;
  /** The last runs of set-up and checks, oldest first. */
  checks: CheckFacts[];
  /** What the run changed since its base commit, as git has it. Null where that could not be seen. */
  changes: Changes | null;
  totals: Totals;
  /** Signals that had no effect. */
  ignoredMessages: number;
  /** What a person still has to look at. */
  unresolved: Unresolved[];
  /** The last 10, oldest first. A report of a time without deliveries has none. */
  deliveries?: DeliveryFacts[];
  /** What people judge the run by. Reports of older versions do not have it. */
  story?: ReportStory;
  /** The last 20. */
  events: { seq: number; type: string; phaseKey: string | null; ts: string }[];
}

/** What all model calls of a run used. Work that a reset undid is included. */
export interface Totals extends Pick<
  Usage,
  'calls' | 'inputTokens' | 'outputTokens' | 'cachedTokens' | 'reasoningTokens' | 'unpricedCalls'
> {
  /** The exact sum, in dollars, of the calls whose cost is known; null when there are none. */
  costUsd: number | null;
  /** The most that the calls of unknown cost may have cost. It counts against the budget. */
  reservedUsd: number;
  budgetUsd: number | null;
  budgetTokens: number | null;
}

export interface Unresolved {
  kind:
    | 'kept_work'
    | 'open_gate'
    | 'invalid_artifact'
    | 'unpriced_calls'
    | 'uncommitted_changes'
    | 'not_committed'
    | 'not_seen';
  phaseKey: string | null;
  text: string;
}

/** The facts that only the run's folder has. */
export interface RepositoryFacts {
  commits: CommitRef[];
  /** What the commits changed in all; null where that could not be seen. Default: nothing. */
  changes?: Changes | null;
  /** What `git diff-tree -p` says of them; null or missing where that could not be read. */
  patch?: { text: string; cut: boolean } | null;
  uncommittedFiles: number;
  /** The first of them. */
  uncommitted?: readonly FileLeft[];
  /** How many files and folders of the worktree are ignored, so that no commit has them. */
  ignoredFiles?: number;
  ignored?: readonly FileLeft[];
  /** Refs of the repository that keep work which no phase committed. */
  kept?: readonly string[];
  /** What could not be looked at, in words. */
  unseen?: string[];
}

/** A file that is in no commit, and why. */
export interface FileLeft {
  path: string;
  why: string;
}

/**
 * Puts the report together (S27).
 *
 * @param facts - the mirror's record of the run, with its last events
 * @param ending - how the run ended, as the workflow says; null for a run that goes on
 * @param repository - commits on the run's branch, and the files that were not committed
 * @param endedAt - ISO 8601; for a run that goes on, now
 * @param story - see `tellStory`
 */
export function buildReport(
  facts: ReportFacts,
  ending: RunEnding | null,
  repository: RepositoryFacts,
  endedAt: string,
  story?: ReportStory,
): Report {
  const { run } = facts;
  const personaOf = new Map(facts.bindings.map(({ role, persona }) => [role, persona]));
  return {
    runId: run.runId,
    workflowId: run.workflowId,
    status: ending?.state ?? run.state,
    error: ending?.error ?? null,
    template: { name: run.templateName, version: run.templateVersion, hash: run.templateHash },
    objective: facts.objective,
    repository: { path: run.repoPath, baseBranch: run.baseBranch, baseCommit: run.baseCommit, branch: run.branch },
    startedAt: run.startedAt ?? run.createdAt,
    endedAt,
    durationMs: between(run.startedAt ?? run.createdAt, endedAt) ?? 0,
    phases: facts.phases.map(({ key, role, state, round, attempts, startedAt, endedAt: ended, reason }) => ({
      key,
      persona: role === null ? null : (personaOf.get(role) ?? null),
      state,
      round,
      attempts,
      startedAt,
      endedAt: ended,
      durationMs: between(startedAt, ended),
      reason,
    })),
    artifacts: facts.artifacts.map(({ phaseKey, round, attempt, path, schemaId, sha256, bytes, valid, reason }) => ({
      phaseKey,
      round,
      attempt,
      path,
      schemaId,
      sha256,
      bytes,
      valid,
      reason,
    })),
    rounds: facts.rounds,
    fallbacks: facts.fallbacks,
    commits: repository.commits,
    commands: facts.commands,
    checks: facts.checks,
    changes: repository.changes === undefined ? NO_CHANGES : repository.changes,
    totals: totalsOf(facts),
    ignoredMessages: facts.ignoredMessages,
    unresolved: findUnresolved(facts, repository, ending !== null),
    deliveries: facts.deliveries,
    ...(story && { story }),
    events: facts.events.map(({ seq, type, phaseKey, ts }) => ({ seq, type, phaseKey, ts })),
  };
}

function totalsOf({ run, usage }: ReportFacts): Totals {
  const { calls, inputTokens, outputTokens, cachedTokens, reasoningTokens, unpricedCalls } = usage;
  return {
    calls,
    inputTokens,
    outputTokens,
    cachedTokens,
    reasoningTokens,
    unpricedCalls,
    costUsd: knownUsd(usage),
    reservedUsd: toUsd(worstCaseOf(usage)),
    budgetUsd: run.budgetMicroUsd === null ? null : toUsd(run.budgetMicroUsd),
    budgetTokens: run.budgetTokens,
  };
}

/** The most that the calls of unknown cost may have cost. */
function worstCaseOf({ reservedMicroUsd, brokenMicroUsd }: Usage): Money {
  return addMoney(reservedMicroUsd, brokenMicroUsd);
}

function findUnresolved(facts: ReportFacts, repository: RepositoryFacts, hasEnded: boolean): Unresolved[] {
  // a gate of a run that goes on waits: nobody left it open
  const gates = (hasEnded ? facts.openApprovals : []).map(({ gate, phaseKey, requestedAt }): Unresolved => ({
    kind: 'open_gate',
    phaseKey,
    text: `gate ${gate} was left open (since ${requestedAt})`,
  }));
  const settled = new Set(facts.artifacts.filter(({ valid }) => valid).map(({ phaseKey }) => phaseKey));
  const invalid = facts.artifacts
    .filter(({ valid, phaseKey }) => !valid && !settled.has(phaseKey))
    .map(({ phaseKey, path, attempt, reason }): Unresolved => ({
      kind: 'invalid_artifact',
      phaseKey,
      text: `${path} was left invalid by attempt ${attempt} (${reason ?? 'schema'})`,
    }));
  const others: Unresolved[] = [];
  if (facts.usage.unpricedCalls > 0) {
    const most = worstCaseOf(facts.usage);
    const counted =
      compareMoney(most, NO_MONEY) > 0 ? `, and up to ${formatUsd(most)} more count against the budget` : '';
    others.push({
      kind: 'unpriced_calls',
      phaseKey: null,
      text: `${facts.usage.unpricedCalls} model calls of unknown price: the cost is a lower bound${counted}`,
    });
  }
  if (repository.uncommittedFiles > 0) {
    others.push({
      kind: 'uncommitted_changes',
      phaseKey: null,
      text: `${repository.uncommittedFiles} changed files in the run's worktree are not committed${named(repository.uncommitted, repository.uncommittedFiles)}`,
    });
  }
  if (repository.ignoredFiles) {
    others.push({
      kind: 'not_committed',
      phaseKey: null,
      text: `${repository.ignoredFiles} files or folders of the run's worktree are in no commit${named(repository.ignored, repository.ignoredFiles)}`,
    });
  }
  for (const ref of (repository.kept ?? []).slice(0, MOST_KEPT))
    others.push({ kind: 'kept_work', phaseKey: null, text: `work that is not committed is kept: git show ${ref}` });
  for (const text of repository.unseen ?? []) others.push({ kind: 'not_seen', phaseKey: null, text });
  return [...gates, ...invalid, ...others];
}

/** More refs than this are in the repository alone. */
const MOST_KEPT = 20;

function named(files: readonly FileLeft[] = [], count: number): string {
  if (files.length === 0) return '';
  return `: ${files.map(({ path, why }) => `${path} (${why})`).join(', ')}${count > files.length ? ` and ${count - files.length} more` : ''}`;
}

function between(from: string | null, to: string | null): number | null {
  return from === null || to === null ? null : Math.max(0, Date.parse(to) - Date.parse(from));
}
