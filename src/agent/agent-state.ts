import type { AIMessage, BaseMessage } from '@langchain/core/messages';
import { Annotation } from '@langchain/langgraph';
import type { ModelCall } from '../domain/record/model-call.js';
import type { AgentOutcome } from './agent-request.js';
import type { SummaryPlan } from './conversation/view/shorten.js';
import type { PlacedMark } from './conversation/view/view.js';

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
  /** The newest reply, as long as nothing has come after it. It may be a broken one. */
  lastReply: Annotation<AIMessage | null>(latest<AIMessage>()),
});

export type AgentStateValues = typeof AgentState.State;
export type AgentStateUpdate = typeof AgentState.Update;

function append<T>(old: T[], added: T[]): T[] {
  return [...old, ...added];
}

function latest<T>(): { reducer: (old: T | null, next: T | null) => T | null; default: () => T | null } {
  return { reducer: (_old, next) => next, default: () => null };
}
