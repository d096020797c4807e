import { WorkflowNotFoundError, type Client, type WorkflowExecutionStatusName } from '@temporalio/client';
import type proto from '@temporalio/proto';
import type { RunRef } from '../domain/run-state.js';
import { firstRunId } from './find-execution.js';
import { payloadConverter } from './payload-converter.js';

type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent;
type Payloads = proto.temporal.api.common.v1.IPayloads | null | undefined;

/** An activity as an execution's history tells it. */
export interface PastActivity {
  type: string;
  input: unknown[];
  /** `open` while it has not ended. */
  outcome: 'open' | 'completed' | 'failed' | 'timed_out' | 'cancelled';
  result: unknown;
  /** The failure's type, of one that failed. */
  code: string | null;
  /** The failure's details, of one that failed. */
  details: unknown;
  /** ISO 8601; null while it is open. */
  endedAt: string | null;
}

/** One execution of a run: there are more after a reset. */
export interface PastExecution {
  executionRunId: string;
  status: WorkflowExecutionStatusName;
  input: unknown[];
  /** In the order in which they were scheduled. */
  activities: PastActivity[];
}

/**
 * Everything that Temporal knows of a run, oldest execution first: each of a run's executions after a reset has the history up to the
 * point of the reset again.
 *
 * @param run - as the mirror knows it; the newest execution is looked for in Temporal
 * @returns empty when Temporal no longer has any of them
 */
export async function readRunHistory(client: Client, run: RunRef): Promise<PastExecution[]> {
  const { runId, workflowId, executionRunId } = run;
  const ids = new Set([runId, executionRunId]);
  for await (const { runId: id } of client.workflow.list({ query: `WorkflowId = '${workflowId.replaceAll("'", "''")}'` })) ids.add(id);
  const newest = await whereKnown(() => client.workflow.getHandle(workflowId).describe());
  if (newest) ids.add(newest.runId);
  const found: FoundExecution[] = [];
  for (const id of ids) {
    const one = await readExecution(client, run, id);
    if (one) found.push(one);
  }
  return found.sort((a, b) => a.startedAt - b.startedAt).map(({ execution }) => execution);
}

interface FoundExecution {
  /** Milliseconds since 1970. */
  startedAt: number;
  execution: PastExecution;
}

/** One execution of a run; null when Temporal no longer has it, or it is another run's: the same workflow id may have been used for others. */
export async function readExecution(client: Client, { runId, workflowId }: RunRef, executionRunId: string): Promise<FoundExecution | null> {
  const handle = client.workflow.getHandle(workflowId, executionRunId);
  const described = await whereKnown(() => handle.describe());
  if (!described || firstRunId(described) !== runId) return null;
  const history = await whereKnown(() => handle.fetchHistory());
  return history && { startedAt: described.startTime.getTime(), execution: { executionRunId, status: described.status.name, ...readEvents(history.events ?? []) } };
}

async function whereKnown<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** The activities of a history and what became of them. */
function readEvents(events: readonly HistoryEvent[]): Pick<PastExecution, 'input' | 'activities'> {
  const activities = new Map<string, PastActivity>();
  const end = (scheduledEventId: unknown, change: Partial<PastActivity>): void => {
    const activity = activities.get(String(scheduledEventId));
    if (activity) Object.assign(activity, change);
  };
  const timeOf = ({ eventTime }: HistoryEvent): string => new Date(Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1e6).toISOString();
  let input: unknown[] = [];
  for (const event of events) {
    const { activityTaskScheduledEventAttributes: scheduled, activityTaskCompletedEventAttributes: completed, activityTaskFailedEventAttributes: failed } = event;
    if (event.workflowExecutionStartedEventAttributes) input = readValues(event.workflowExecutionStartedEventAttributes.input);
    if (scheduled) activities.set(String(event.eventId), { type: scheduled.activityType?.name ?? '', input: readValues(scheduled.input), outcome: 'open', result: undefined, code: null, details: null, endedAt: null });
    if (completed) end(completed.scheduledEventId, { outcome: 'completed', endedAt: timeOf(event), result: readValues(completed.result)[0] });
    if (failed) {
      const info = failed.failure?.applicationFailureInfo;
      end(failed.scheduledEventId, { outcome: 'failed', endedAt: timeOf(event), code: info?.type ?? null, details: readValues(info?.details)[0] ?? null });
    }
    if (event.activityTaskTimedOutEventAttributes) end(event.activityTaskTimedOutEventAttributes.scheduledEventId, { outcome: 'timed_out', endedAt: timeOf(event) });
    if (event.activityTaskCanceledEventAttributes) end(event.activityTaskCanceledEventAttributes.scheduledEventId, { outcome: 'cancelled', endedAt: timeOf(event) });
  }
  return { input, activities: [...activities.values()] };
}

/** The values that an event carries. */
export function readValues(payloads: Payloads): unknown[] {
  return (payloads?.payloads ?? []).map((payload) => payloadConverter.fromPayload(payload));
}
