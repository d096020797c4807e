import type { CommitRef } from '../artifact.js';
import type { Changes } from '../change/changes.js';
import type { CheckSummary } from '../check/check-run.js';
import type { Money } from '../money/amount.js';
import type { Limits } from '../money/budget.js';
import type { JsonObject } from '../text/json.js';

/** Everything that can happen in a run (S18, and more where needed). */
export const EVENT_TYPES = [
  'run_created',
  'run_started',
  'run_resumed',
  'run_reset',
  'run_paused',
  'run_completed',
  'run_failed',
  'run_aborted',
  // a person gave the run or a phase a new budget: the event has both budgets as they are from then on
  'budget_raised',
  'phase_started',
  'phase_completed',
  'phase_failed',
  'phase_skipped',
  'artifact_validated',
  'artifact_invalid',
  'artifact_timeout',
  // the agent left no artifact that could be judged
  'artifact_missing',
  'artifact_normalised',
  'prompt_repaired',
  'setup_completed',
  // the work is not proven, and the agent goes on
  'checks_failed',
  'checks_passed',
  // files that the repository protects and that the run has changed so far, where the template allows it
  'protected_changed',
  'changes_committed',
  'files_not_committed',
  // work of a phase that ended before its commit: the ref that keeps it
  'work_kept',
  'approval_requested',
  'approval_resolved',
  'decision_ignored',
  // messages that are only counted: see IgnoredCount
  'ignored_counted',
  'price_unknown',
  // a provider refused a request, and was asked in another way from then on
  'request_adapted',
  // the tools of a persona's MCP server, by the hash of their definitions
  'tools_defined',
  // a phase goes on with another model: no quota was left, or patience was over
  'fallback_used',
  'artifact_edited',
  'revision_started',
  // the phase `to` and those after it run again, up to the phase of the event
  'sent_back',
  // an approval of a round that is over
  'approval_voided',
  'gate_reminded',
  'gate_expired',
  'gate_escalated',
  'workspace_rebuilt',
  // of a delivery, and the first two also of a gate that the pull request decides
  'branch_pushed',
  'pull_request_opened',
  'delivery_started',
  'delivery_completed',
  'delivery_failed',
  // an alarm: a key that was used before came with other content, which is not recorded
  'event_conflict',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/** The run's budget as an event tells it. The mirror shows what the newest event tells. */
export function budgetPayload({ microUsd, tokens }: Limits): {
  budgetMicroUsd: Money | null;
  budgetTokens: number | null;
} {
  return { budgetMicroUsd: microUsd, budgetTokens: tokens };
}

/** What `changes_committed` tells: the commit, and what changed since the phase began. */
export function commitPayload({ sha, filesChanged, insertions, deletions }: CommitRef, changes?: Changes): JsonObject {
  return { sha, filesChanged, insertions, deletions, ...(changes && { changes: changes as unknown as JsonObject }) };
}

/** The checks of a phase as an event tells them. @param tree - on which they ran */
export function checksPayload(tree: string | null, checks: readonly CheckSummary[]): JsonObject {
  return { tree, checks: checks.map((check) => ({ ...check })) };
}

/** What ends a run. */
export const RUN_ENDINGS: readonly EventType[] = ['run_completed', 'run_failed', 'run_aborted'];

/** One thing that happened. The mirror gives it its `seq`. */
export interface RunEvent {
  type: EventType;
  phaseKey: string | null;
  payload: JsonObject;
  /** Identifies this occurrence, whoever repeats the write. It is unique within the run (S19). */
  idempotencyKey: string;
  /** ISO 8601 in UTC, with milliseconds. */
  ts: string;
}
