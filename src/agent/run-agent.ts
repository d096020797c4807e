import { PhasegateError } from '../domain/failures.js';
import { buildAgentGraph } from './agent-graph.js';
import type { AgentRequest, AgentResult } from './agent-request.js';
import type { AgentStateValues } from './agent-state.js';
import { Conversation } from './conversation/conversation.js';
import { nextTurn } from './conversation/next-turn.js';
import { patientStore } from './conversation/patient-store.js';
import { RunningSteps } from './running-steps.js';

export type * from './agent-request.js';

/** Of the graph: those of the five nodes of a turn, and those in which the conversation is shortened. */
const STEPS_PER_CALL = 9;
/** How long an aborted step may take to stop. After that the abort is passed on all the same. */
const STOP_MS = 800;

/**
 * Lets an agent work in one attempt of a phase, from the point where its conversation stands, until it has written the
 * expected file or can't go on. Everything that the *model* does ends in an outcome, not in an error.
 *
 * @throws ModelFailure when a model call failed (the conversation waits at that call); the signal's reason when it was
 *   aborted; PhasegateError `mirror_unavailable` when the conversation can't be read; OlderAttempt when another attempt
 *   has gone on with it; errors of the disk as they are
 */
export async function runAgent(request: AgentRequest): Promise<AgentResult> {
  const { conversation: store, observe, signal } = request;
  signal.throwIfAborted();
  const patient = patientStore(store, signal, observe);
  const kept = await patient.read();
  const prompt = kept.messages.length === 0 ? await request.prompt() : '';
  signal.throwIfAborted();
  const { state, said } = nextTurn(kept, request, prompt);
  const conversation = new Conversation(store, patient, kept, state.attempt);
  conversation.say(said);
  const steps = new RunningSteps();
  const graph = buildAgentGraph(request, conversation, steps);
  // a last limit: the limit of model calls comes first
  const recursionLimit = STEPS_PER_CALL * request.maxModelCalls + 10;
  try {
    return resultOf(await graph.invoke(state, { signal, recursionLimit }), request.threadId);
  } catch (error) {
    if (!signal.aborted) {
      await conversation.flush();
      throw error;
    }
    // once the caller knows of the end, nothing of this attempt may write
    await steps.settled(STOP_MS);
    await conversation.end(STOP_MS);
    // the same abort may arrive as several kinds of error; only our own signal tells for certain
    throw signal.reason;
  }
}

function resultOf({ outcome, calls, written }: AgentStateValues, threadId: string): AgentResult {
  if (!outcome) throw new PhasegateError('internal_error', `the conversation ${threadId} ended without an outcome`);
  return { outcome, calls, written: [...new Set(written.map(({ path }) => path))] };
}
