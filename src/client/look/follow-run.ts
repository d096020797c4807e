import type { WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import type { PhaseSnapshot } from '../../domain/phase-contract.js';
import type { OpenGate, RunStatus } from '../../domain/run-status.js';
import { isUsage } from '../../domain/money/usage.js';
import { beginsLater, heldBy, isOpen } from '../../temporal/execution-state.js';
import { pendingPhase } from '../../temporal/pending-phase.js';
import { readPayloads } from '../../temporal/read-payloads.js';
import { progressLines, type LiveAttempt, type Look } from './run-progress.js';

export interface Follower {
  say: (line: string) => void;
  /** Called at every look, for a line that is rewritten in place. */
  show?: (look: Look) => void;
  /** Called once for each gate that opens. The signal is aborted when somebody else closes the gate. */
  onGate: (gate: OpenGate, status: RunStatus, closed: AbortSignal) => Promise<void>;
  pollMs?: number;
}

/**
 * Follows a run until it is closed. It tells what happens, and asks at the run's gates.
 *
 * @param handle - a started workflow `agentRun`
 * @returns the last look at it, null when none was possible
 */
export async function followRun(
  handle: WorkflowHandle,
  { say, show, onGate, pollMs = 250 }: Follower,
): Promise<Look | null> {
  let before: Look | null = null;
  const asked = new Map<string, AbortController>();
  let waits: string | null = null;
  for (;;) {
    const description = await handle.describe();
    const closed = !isOpen(description.status.name);
    const waitsNow = waitText(description);
    if (waitsNow !== null && waitsNow !== waits) say(waitsNow);
    waits = waitsNow;
    const status = await queryStatus(handle);
    if (status) {
      const now = { status, live: await liveAttempt(handle, description) };
      progressLines(before, now).forEach(say);
      show?.(now);
      before = now;
      askAtGates(status, asked, onGate, say);
    }
    if (closed) {
      for (const question of asked.values()) question.abort();
      return before;
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** What the run itself can't tell: that Temporal makes it wait. */
function waitText(description: WorkflowExecutionDescription): string | null {
  const held = heldBy(description);
  if (held !== null) return `run ${held}`;
  const begins = beginsLater(description);
  return begins && `run begins at ${begins.toISOString()}`;
}

function askAtGates(
  status: RunStatus,
  asked: Map<string, AbortController>,
  onGate: Follower['onGate'],
  say: Follower['say'],
): void {
  for (const [requestId, question] of asked) {
    if (!status.openGates.some((gate) => gate.requestId === requestId)) question.abort();
  }
  // one question at a time, because a person has one keyboard
  const waiting = [...asked].some(
    ([requestId, { signal }]) => !signal.aborted && status.openGates.some((gate) => gate.requestId === requestId),
  );
  const next = status.openGates.find(({ requestId }) => !asked.has(requestId));
  if (waiting || !next) return;
  const question = new AbortController();
  asked.set(next.requestId, question);
  onGate(next, status, question.signal).catch((error: Error) => {
    if (!question.signal.aborted) say(`The decision could not be sent: ${error.message}`);
  });
}

/** Undefined while nobody can answer, because the first workflow task has not run or the worker is away. */
async function queryStatus(handle: WorkflowHandle): Promise<RunStatus | undefined> {
  try {
    return await handle.query<RunStatus, []>('status');
  } catch {
    return undefined;
  }
}

async function liveAttempt(
  { client }: WorkflowHandle,
  description: WorkflowExecutionDescription,
): Promise<LiveAttempt | null> {
  const activity = pendingPhase(description);
  if (!activity) return null;
  const [progress] = (await readPayloads(client, activity.heartbeatDetails)) as [Partial<PhaseSnapshot>?];
  return {
    attempt: progress?.attempt ?? 1,
    repair: progress?.repair ?? null,
    checkoutMs: progress?.checkoutMs ?? null,
    trouble: progress?.providerFailingSince ? (activity.lastFailure?.message ?? null) : null,
    usage: isUsage(progress?.usage) ? progress.usage : null,
  };
}
