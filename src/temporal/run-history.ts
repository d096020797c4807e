import { WorkflowNotFoundError, type Client, type WorkflowExecutionStatusName } from '@temporalio/client';
import type proto from '@temporalio/proto';
import type { RunRef } from '../domain/run-state.js';
import { firstRunId } from './find-execution.js';
import { historyPages, type HistoryEvent } from './history-pages.js';
import { readPayloads } from './read-payloads.js';

type Scheduled = proto.temporal.api.history.v1.IActivityTaskScheduledEventAttributes;

/** An activity as an execution's history tells it. */
export interface PastActivity {
  type: string;
  input: unknown[];
  /** `open` while it has not ended. */
  outcome: 'open' | 'completed' | 'failed' | 'timed_out' | 'cancelled';
  result: unknown;
  /** The failure's type, where it failed. */
  code: string | null;
  /** The failure's details, where it failed. */
  details: unknown;
  /** ISO 8601; null while it is open. */
  endedAt: string | null;
}

/** One execution of a run. There are several after a reset. */
export interface PastExecution {
  executionRunId: string;
  status: WorkflowExecutionStatusName;
  input: unknown[];
  /** In the order in which they were scheduled. */
  activities: PastActivity[];
}

/**
 * Everything that Temporal knows of a run, oldest execution first. After a reset each execution has the history up to
 * the point of the reset again.
 *
 * @param run - the run as the mirror knows it; the newest execution is looked up in Temporal
 * @returns an empty list when Temporal no longer has any of them
 */
export async function readRunHistory(client: Client, run: RunRef): Promise<PastExecution[]> {
  const { runId, workflowId, executionRunId } = run;
  const ids = new Set([runId, executionRunId]);
  for await (const { runId: id } of client.workflow.list({
    query: `WorkflowId = '${workflowId.replaceAll("'", "''")}'`,
  }))
    ids.add(id);
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

/**
 * One execution of a run; null when Temporal no longer has it, or when it belongs to another run: others may have used
 * the same workflow id.
 */
export async function readExecution(
  client: Client,
  { runId, workflowId }: RunRef,
  executionRunId: string,
): Promise<FoundExecution | null> {
  const handle = client.workflow.getHandle(workflowId, executionRunId);
  const described = await whereKnown(() => handle.describe());
  if (!described || firstRunId(described) !== runId) return null;
  const told = await whereKnown(() => readEvents(client, historyPages(client, workflowId, executionRunId)));
  const { startTime, status } = described;
  return told && { startedAt: startTime.getTime(), execution: { executionRunId, status: status.name, ...told } };
}

async function whereKnown<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** Reads the values that an event carries. */
type Read = (payloads: Parameters<typeof readPayloads>[1]) => Promise<unknown[]>;

/** The activities of a history, and how they ended. */
async function readEvents({ workflow }: Client, pages: AsyncIterable<readonly HistoryEvent[]>) {
  const read: Read = (payloads) => readPayloads(workflow, payloads);
  const activities = new Map<string, PastActivity>();
  let input: unknown[] = [];
  for await (const page of pages) {
    for (const event of page) {
      const { workflowExecutionStartedEventAttributes: started, activityTaskScheduledEventAttributes: task } = event;
      if (started) input = await read(started.input);
      if (task) activities.set(String(event.eventId), await begun(task, read));
      const local = await endedLocally(event, read);
      if (local) activities.set(String(event.eventId), local);
      const end = await endOf(event, read);
      const ended = end && activities.get(String(end.scheduledEventId));
      if (ended) Object.assign(ended, end.change);
    }
  }
  return { input, activities: [...activities.values()] };
}

async function begun({ activityType, input }: Scheduled, read: Read): Promise<PastActivity> {
  const open = { outcome: 'open', result: undefined, code: null, details: null, endedAt: null } as const;
  return { type: activityType?.name ?? '', input: await read(input), ...open };
}

/** A local activity that ended well, as the SDK notes it. History does not have its input. */
async function endedLocally(event: HistoryEvent, read: Read): Promise<PastActivity | null> {
  const { markerName, details, failure } = event.markerRecordedEventAttributes ?? {};
  if (markerName !== 'core_local_activity' || failure) return null;
  const [data] = (await read(details?.data)) as [{ activity_type?: string }?];
  const [result] = await read(details?.result);
  const type = data?.activity_type ?? '';
  return { type, input: [], outcome: 'completed', result, code: null, details: null, endedAt: timeOf(event) };
}

/** What an event says of the end of an activity; null where it is about something else. */
async function endOf(
  event: HistoryEvent,
  read: Read,
): Promise<{ scheduledEventId: unknown; change: Partial<PastActivity> } | null> {
  const { activityTaskCompletedEventAttributes: completed, activityTaskFailedEventAttributes: failed } = event;
  const { activityTaskTimedOutEventAttributes: timedOut, activityTaskCanceledEventAttributes: cancelled } = event;
  const endedAt = timeOf(event);
  if (completed) {
    const change = { outcome: 'completed', endedAt, result: (await read(completed.result))[0] } as const;
    return { scheduledEventId: completed.scheduledEventId, change };
  }
  if (failed) {
    const info = failed.failure?.applicationFailureInfo;
    const details = (await read(info?.details))[0] ?? null;
    const change = { outcome: 'failed', endedAt, code: info?.type ?? null, details } as const;
    return { scheduledEventId: failed.scheduledEventId, change };
  }
  if (timedOut) return { scheduledEventId: timedOut.scheduledEventId, change: { outcome: 'timed_out', endedAt } };
  if (cancelled) return { scheduledEventId: cancelled.scheduledEventId, change: { outcome: 'cancelled', endedAt } };
  return null;
}

function timeOf({ eventTime }: HistoryEvent): string {
  return new Date(Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1e6).toISOString();
}
