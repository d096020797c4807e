import { PhasegateError } from '../domain/failures.js';
import { buildAgentGraph } from './agent-graph.js';
import type { AgentRequest, AgentResult } from './agent-request.js';
import type { AgentStateValues } from './agent-state.js';
import { batchedCheckpointer } from './batched-checkpointer.js';
import { InFlight } from './in-flight.js';
import { Observer } from './observer.js';
import { nextStep } from './resume.js';

export type * from './agent-request.js';

const STEPS_PER_CALL = 3;
/** How long an aborted step may take to stop, before the abort is passed on all the same. */
const STOP_MS = 800;

/**
 * Lets an agent work in one attempt of a phase, from wherever its thread stands, until it has written the expected file
 * or can't go on. What the *model* does ends in an outcome; it never throws for that.
 *
 * @throws ModelFailure when a model call failed (the thread waits at that call); the signal's reason when it was aborted;
 *   PhasegateError `mirror_unavailable` when checkpoints can't be kept; errors of the disk as they are
 */
export async function runAgent(request: AgentRequest): Promise<AgentResult> {
  request.signal.throwIfAborted();
  const observer = new Observer(request.observe);
  const inFlight = new InFlight();
  const { checkpointer, writes } = batchedCheckpointer(request.checkpointer);
  const graph = buildAgentGraph({ ...request, checkpointer }, observer, inFlight);
  const config = {
    configurable: { thread_id: request.threadId },
    signal: request.signal,
    durability: 'sync' as const,
    // a backstop: the limit of model calls comes first
    recursionLimit: STEPS_PER_CALL * request.maxModelCalls + 10,
  };
  try {
    const snapshot = await graph.getState(config);
    const step = nextStep(snapshot, request);
    const state =
      step.kind === 'ended' ? (snapshot.values as AgentStateValues) : await graph.invoke(step.kind === 'begin' ? step.input : null, config);
    await writes.send();
    return resultOf(state, request.threadId);
  } catch (error) {
    if (!request.signal.aborted) {
      // a last try for what could not be written; what failed is told all the same
      await writes.send().catch(() => undefined);
      throw error;
    }
    // nothing of this attempt may write once the caller has heard of its end
    await Promise.all([inFlight.settled(STOP_MS), writes.end(STOP_MS)]);
    // the same abort arrives as one of several errors; only our own signal tells
    throw request.signal.reason;
  } finally {
    // not after an abort: whoever waits for its end must not wait for a slow observer
    if (!request.signal.aborted) await observer.flush();
  }
}

function resultOf({ outcome, calls, toolCalls }: AgentStateValues, threadId: string): AgentResult {
  if (!outcome) throw new PhasegateError('internal_error', `the thread ${threadId} ended without an outcome`);
  return { outcome, calls, toolCalls };
}
