// The names that Temporal and people share; each is written down once, here.

export const WORKFLOW_TYPE = 'agentRun';
/** The gate at which a run waits whose budget is spent, with `onBudget: wait`. */
export const BUDGET_GATE = 'budget';
export const RECONCILE_WORKFLOW_TYPE = 'reconcileRuns';
/** Temporal Schedule that reconciles; another task queue's has the queue's name behind it. */
export const RECONCILE_SCHEDULE_ID = 'phasegate-reconcile';
export const DEFAULT_TASK_QUEUE = 'phasegate';

/**
 * The task queue of regular activities that no agent works in: the mirror, the report, notices. Agents hold their places
 * for minutes or hours, and a decision or a report must not wait for one of them.
 *
 * @param taskQueue - of the runs and their phases
 */
export function shortQueueOf(taskQueue: string): string {
  return `${taskQueue}-short`;
}

/** Search attributes by name, with the type Temporal knows them by. */
export const SEARCH_ATTRIBUTE_TYPES = {
  RunState: 'KEYWORD',
  RunPhase: 'KEYWORD',
  RunTemplate: 'KEYWORD',
  RunGate: 'KEYWORD_LIST',
  RunCostUsd: 'DOUBLE',
} as const;

export type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTE_TYPES;

/** The tools a persona may be given. `write_artifact` comes with every phase that has an artifact. */
export const FILE_TOOLS = ['ls', 'read_file', 'write_file', 'edit_file', 'glob', 'grep'] as const;

export type FileToolName = (typeof FILE_TOOLS)[number];
