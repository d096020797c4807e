import type { AIMessage, BaseMessage } from '@langchain/core/messages';
import { Annotation } from '@langchain/langgraph';
import type { ModelCall } from '../domain/record/model-call.js';
import type { AgentOutcome } from './agent-request.js';
import type { SummaryPlan } from './conversation/view/shorten.js';
import type { PlacedMark } from './conversation/view/view.js';
import type { Turn } from './slips/turn.js';

/** A file that a tool wrote, and the attempt in which it did. */
export interface WrittenFile {
  attempt: number;
  path: string;
}

/**
 * What the nodes of the graph hand on. It lives as long as an attempt. The conversation has what must live longer.
 */
export const AgentState = Annotation.Root({
  /** All that enters requests, in the order in which it was said. Replies that broke off are not among it. */
  messages: Annotation<BaseMessage[]>({ reducer: append, default: () => [] }),
  /** How the model sees the messages. */
  marks: Annotation<PlacedMark[]>({ reducer: append, default: () => [] }),
  /** What is to be summed up before the model is asked again; null while there is room. */
  toSumUp: Annotation<SummaryPlan | null>(latest<SummaryPlan>()),
  attempt: Annotation<number>(),
  /** null while the agent works. It is set at the end, and so the graph knows that it must stop. */
  outcome: Annotation<AgentOutcome | null>(latest<AgentOutcome>()),
  calls: Annotation<ModelCall[]>({ reducer: append, default: () => [] }),
  written: Annotation<WrittenFile[]>({ reducer: append, default: () => [] }),
  /** How each reply ended. The newest one has not ended as long as it is the last reply. */
  turns: Annotation<Turn[]>({ reducer: append, default: () => [] }),
  /** The newest reply, as long as nothing has come after it. It may be a broken one. */
  lastReply: Annotation<AIMessage | null>(latest<AIMessage>()),
});

export type AgentStateValues = typeof AgentState.State;
export type AgentStateUpdate = typeof AgentState.Update;

/** The paid replies of the attempt under way. */
export function callsOfAttempt({ calls, attempt }: AgentStateValues): ModelCall[] {
  return calls.filter((call) => call.attempt === attempt);
}

/** Its turns. */
export function turnsOfAttempt({ turns, attempt }: AgentStateValues): Turn[] {
  return turns.filter((turn) => turn.attempt === attempt);
}

function append<T>(old: T[], added: T[]): T[] {
  return [...old, ...added];
}

function latest<T>(): { reducer: (old: T | null, next: T | null) => T | null; default: () => T | null } {
  return { reducer: (_old, next) => next, default: () => null };
}
