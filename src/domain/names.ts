// The names that Temporal and people share. Each is written down only here.

export const WORKFLOW_TYPE = 'agentRun';
/** The gate at which a run waits when its budget is spent, with `onBudget: wait`. */
export const BUDGET_GATE = 'budget';
/** Delivers a run that has completed. */
export const DELIVER_WORKFLOW_TYPE = 'deliverRun';
export const RECONCILE_WORKFLOW_TYPE = 'reconcileRuns';
/** The Temporal Schedule that reconciles. For another task queue, the queue's name is added. */
export const RECONCILE_SCHEDULE_ID = 'phasegate-reconcile';
/** The file at the root of a repository in which it says how it is built and checked. */
export const REPOSITORY_FILE = '.phasegate.yaml';
export const DEFAULT_TASK_QUEUE = 'phasegate';

/**
 * The task queue of regular activities in which no agent works: the mirror, the report, notices. Agents hold their
 * places for minutes or hours, and a decision or a report must not wait for such a place.
 *
 * @param taskQueue - the one of the runs and their phases
 */
export function shortQueueOf(taskQueue: string): string {
  return `${taskQueue}-short`;
}

/** Search attributes by name, with the type that Temporal has for them. */
export const SEARCH_ATTRIBUTE_TYPES = {
  RunState: 'KEYWORD',
  RunPhase: 'KEYWORD',
  RunTemplate: 'KEYWORD',
  RunGate: 'KEYWORD_LIST',
  RunCostUsd: 'DOUBLE',
} as const;

export type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTE_TYPES;

/** In the folder of all runs: what commands in the sandbox write beside their own folder. */
export const SANDBOX_FOLDER = '.sandbox';

/** The tools that a persona may be given. `write_artifact` is added in every phase that has an artifact. */
export const TOOLS = [
  'ls',
  'read_file',
  'write_file',
  'edit_file',
  'delete_file',
  'move_file',
  'glob',
  'grep',
  'git_diff',
  'git_log',
  'git_show',
  'git_blame',
  'run_command',
] as const;

/** The tool by which agents run commands. */
export const COMMAND_TOOL: ToolName = 'run_command';

export type ToolName = (typeof TOOLS)[number];
