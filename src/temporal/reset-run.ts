import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { PhasegateError } from '../domain/failures.js';
import { isJsonObject } from '../domain/text/json.js';
import { historyPages } from './history-pages.js';
import { readPayloads } from './read-payloads.js';

const { ResetReapplyExcludeType } = proto.temporal.api.enums.v1;

export interface ResetOptions {
  /** Key of the phase that is done again, together with all later ones. */
  phase: string;
  reason: string;
  /** Whether signals and updates that came after that point are applied again. If not, people must decide anew. */
  reapply: boolean;
}

/** Where a run was reset to. */
export interface ResetPoint {
  /** The new execution. The run's id stays. */
  executionRunId: string;
  /** The history's event at which the reset is, for `temporal workflow reset --event-id`. */
  eventId: number;
}

/**
 * Resets a run to just before a phase was first executed.
 *
 * @throws PhasegateError `run_not_found`, `input_invalid` when the phase has not begun in this run
 */
export async function resetBeforePhase(
  client: Client,
  workflowId: string,
  { phase, reason, reapply }: ResetOptions,
): Promise<ResetPoint> {
  const eventId = await eventBefore(client, workflowId, phase);
  const { runId } = await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId },
    reason,
    requestId: randomUUID(),
    workflowTaskFinishEventId: eventId,
    resetReapplyExcludeTypes: reapply
      ? []
      : [
          ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL,
          ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE,
        ],
  });
  return { executionRunId: runId ?? '', eventId: Number(eventId) };
}

/** The workflow task in which the phase was first scheduled. It is done again, with the changes since. */
async function eventBefore(client: Client, workflowId: string, phase: string) {
  const begun = new Set<string>();
  try {
    for await (const events of historyPages(client, workflowId)) {
      for (const { activityTaskScheduledEventAttributes: scheduled } of events) {
        if (scheduled?.activityType?.name !== 'executePhase') continue;
        const key = phaseOf((await readPayloads(client.workflow, scheduled.input))[0]);
        if (key === phase && scheduled.workflowTaskCompletedEventId) return scheduled.workflowTaskCompletedEventId;
        if (key !== null) begun.add(key);
      }
    }
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new PhasegateError('run_not_found', `there is no run ${workflowId}`);
  }
  const known = [...begun].join(', ') || 'none';
  throw new PhasegateError('input_invalid', `phase ${phase} has not begun in ${workflowId}; begun: ${known}`);
}

function phaseOf(task: unknown): string | null {
  return isJsonObject(task) && isJsonObject(task.phase) && typeof task.phase.key === 'string' ? task.phase.key : null;
}
