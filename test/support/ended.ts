import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure, type WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { Report } from '../../src/domain/record/report.js';
import type { RunStatus } from '../../src/domain/run-status.js';
import type { TestStack } from './stack.js';
import { verified } from './verified.js';

/** How a run ended: in Temporal, in the mirror and in its report, which must agree. */
export interface Ended {
  temporal: string;
  state: string;
  /** Type of Temporal's failure: the code. */
  code: string | null;
  message: string;
  report: Report;
  events: { seq: number; type: string; phaseKey: string | null; payload: Record<string, unknown> }[];
}

/** Waits for the end of a run and checks that Temporal, the mirror and the report say the same of it. */
export async function ended(
  stack: TestStack,
  handle: WorkflowHandle,
  { report: place }: { report?: 'in the mirror' } = {},
): Promise<Ended> {
  const failure = await inTime(stack, handle);
  const { status, raw } = await handle.describe();
  const runId = raw.workflowExecutionInfo?.firstRunId || raw.workflowExecutionInfo?.execution?.runId || '';
  const run = await stack.mirror.findRun(runId);
  assert.ok(run, `the mirror has no run ${runId}`);
  const report = place
    ? await stack.mirror.readReport(runId)
    : (JSON.parse(await readFile(path.join(stack.config.workspaceRoot, runId, 'report.json'), 'utf8')) as Report);
  assert.ok(report, 'there is a report');
  const events = await readEvents(stack, runId);
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, index) => index + 1),
    'seq is 1…n without a gap',
  );
  const cause = failure?.cause;
  const code = cause instanceof ApplicationFailure ? (cause.type ?? null) : null;
  const expected = { COMPLETED: 'completed', FAILED: 'failed', CANCELLED: 'aborted' }[status.name as string];
  assert.equal(run.state, expected, `mirror: ${run.state}, Temporal: ${status.name}`);
  assert.equal(report.status, expected, `report: ${report.status}, Temporal: ${status.name}`);
  if (status.name === 'FAILED') assert.equal(report.error?.code, code);
  await verified(stack, runId);
  return { temporal: status.name, state: run.state, code, message: cause?.message ?? '', report, events };
}

const LONGEST_MS = 120_000;

/** Its failure, or null; a run that never ends fails the test and says where it stands. */
async function inTime(stack: TestStack, handle: WorkflowHandle): Promise<WorkflowFailedError | null> {
  const result = handle.result().then(
    () => null,
    (error: unknown) => error as WorkflowFailedError,
  );
  const late = sleep(LONGEST_MS, 'late' as const, { ref: false });
  const first = await Promise.race([result, late]);
  if (first !== 'late') return first;
  const { raw } = await handle.describe();
  assert.fail(
    `the run has not ended: ${JSON.stringify(await stack.status(handle).catch(String))}; pending: ${JSON.stringify(raw.pendingActivities)}`,
  );
}

/** All events of a run out of the mirror, by their number. */
export async function readEvents({ mirror }: TestStack, runId: string): Promise<Ended['events']> {
  const { rows } = await mirror.pool.query<Ended['events'][number]>(
    'SELECT seq::int AS seq, type, phase_key AS "phaseKey", payload FROM run_events WHERE run_id = $1 ORDER BY seq',
    [runId],
  );
  return rows;
}

/** Waits until the run's status fits, by default for at most a minute. */
export async function untilStatus(
  stack: TestStack,
  handle: WorkflowHandle,
  fits: (status: RunStatus) => boolean,
  longestMs = 60_000,
): Promise<RunStatus> {
  const deadline = Date.now() + longestMs;
  for (;;) {
    const status = await stack.status(handle);
    if (fits(status)) return status;
    assert.ok(Date.now() < deadline, `the status never fits: ${JSON.stringify(status)}`);
    await sleep(50);
  }
}

/** Waits until a gate is open: any, or that of one phase. */
export function untilGate(stack: TestStack, handle: WorkflowHandle, phase?: string): Promise<RunStatus> {
  return untilStatus(stack, handle, ({ openGates }) =>
    openGates.some((gate) => phase === undefined || gate.phase === phase),
  );
}
