import { AIMessage, HumanMessage, ToolMessage, type BaseMessage } from '@langchain/core/messages';
import type { StateSnapshot } from '@langchain/langgraph';
import type { AgentRequest } from './agent-request.js';
import type { AgentStateUpdate, AgentStateValues } from './agent-state.js';
import { exceeds } from '../domain/budget.js';
import { usedBy } from './worst-case.js';

/** How a thread goes on. */
export type NextStep =
  /** It has ended; nothing more is paid. */
  | { kind: 'ended' }
  /** It stopped between two steps, and goes on there. */
  | { kind: 'continue' }
  /** It begins, or begins another turn. */
  | { kind: 'begin'; input: AgentStateUpdate };

/**
 * Decides how a thread goes on, from its last checkpoint (S21). A thread that has seen a later attempt than the request
 * names is believed: checkpoints are written before anyone else hears of an attempt.
 */
export function nextStep(snapshot: StateSnapshot, request: AgentRequest): NextStep {
  const state = snapshot.values as Partial<AgentStateValues>;
  // `attempt` is missing as long as the first input is not processed; repeating it is harmless
  if (state.attempt === undefined || state.attempt < request.attempt) return beginTurn(state.messages ?? [], request);
  const note = untold(state.messages ?? [], request);
  if (note.length > 0) return { kind: 'begin', input: { outcome: null, messages: [...interruptedCalls(state.messages ?? []), ...note] } };
  // not `next`: it was seen empty on a thread that had work waiting
  if (snapshot.tasks.length > 0) return { kind: 'continue' };
  if (state.outcome && !canBeAffordedNow(state, request)) return { kind: 'ended' };
  return { kind: 'begin', input: { outcome: null, messages: interruptedCalls(state.messages ?? []) } };
}

/** A turn begins with the prompt, unless the thread has it, and with what the earlier attempt got wrong. */
function beginTurn(messages: BaseMessage[], request: AgentRequest): NextStep {
  const { prompt, repair, attempt } = request;
  const added: BaseMessage[] = messages.length === 0 ? [new HumanMessage({ id: 'prompt', content: prompt })] : interruptedCalls(messages);
  if (attempt > 1 && repair !== null) added.push(new HumanMessage({ id: `repair-${attempt}`, content: repair }));
  return { kind: 'begin', input: { attempt, outcome: null, messages: [...added, ...untold(messages, request)] } };
}

/** The request's note, where the thread has begun and not heard it yet. */
function untold(messages: BaseMessage[], { note }: AgentRequest): HumanMessage[] {
  if (!note || messages.length === 0 || messages.some(({ id }) => id === note.id)) return [];
  return [new HumanMessage({ id: note.id, content: note.text })];
}

/** Answers to calls that the end of an attempt left open: providers refuse a conversation with unanswered calls. */
function interruptedCalls(messages: BaseMessage[]): ToolMessage[] {
  const last = messages.at(-1);
  if (!AIMessage.isInstance(last)) return [];
  return (last.tool_calls ?? []).map(
    (call) =>
      new ToolMessage({
        id: `${last.id}:${call.id}`,
        tool_call_id: call.id ?? '',
        status: 'error',
        content: 'Error: interrupted; whether it took effect is not known, so look before you repeat it',
      }),
  );
}

/** A spent budget ends a thread only until someone raises the budget. */
function canBeAffordedNow({ outcome, calls = [] }: Partial<AgentStateValues>, { budget }: AgentRequest): boolean {
  if (outcome?.kind !== 'budget_exceeded') return false;
  return exceeds(budget, usedBy(calls), outcome.next) === null;
}
