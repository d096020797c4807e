/** What Temporal says of the chain of executions that a workflow belongs to. */
export interface ChainFacts {
  workflowId: string;
  /** The id of the first execution of the chain: the run's id. */
  firstExecutionRunId: string;
  /** The id of this execution; a reset keeps it. */
  originalExecutionRunId: string;
  cronSchedule?: string;
  retryPolicy?: { maximumAttempts?: number };
}

/**
 * Whether the chain has earlier executions, because a cron schedule or a retry policy started this one. A reset stays
 * the same execution.
 */
export function isLaterInChain({ firstExecutionRunId, originalExecutionRunId }: ChainFacts): boolean {
  return originalExecutionRunId !== firstExecutionRunId;
}

/**
 * Why a workflow can't be a run: the executions of a chain share one run id, so they would share budget, branch and
 * record.
 *
 * @returns what is wrong and what to do; null for a workflow that is started once
 */
export function chainFault(facts: ChainFacts): string | null {
  const { workflowId, cronSchedule, retryPolicy } = facts;
  const stop = `temporal workflow terminate --workflow-id '${workflowId}'`;
  if (cronSchedule) {
    const instead = 'A Temporal Schedule starts a workflow of its own each time: temporal schedule create';
    return `the workflow was started with the cron schedule '${cronSchedule}', and starts again until somebody stops it: ${stop}. ${instead}`;
  }
  const retries = retryPolicy !== undefined && retryPolicy.maximumAttempts !== 1;
  if (!retries && !isLaterInChain(facts)) return null;
  return `the workflow was started with a retry policy, or continues another one: start it without. A run tries again by itself. To stop it: ${stop}`;
}
