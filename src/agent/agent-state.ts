import type { AIMessage, BaseMessage } from '@langchain/core/messages';
import { Annotation } from '@langchain/langgraph';
import type { ModelCall } from '../domain/record/model-call.js';
import type { AgentOutcome } from './agent-request.js';

/** A file that a tool wrote, and the attempt in which it did. */
export interface WrittenFile {
  attempt: number;
  path: string;
}

/**
 * What the nodes of the graph hand on. It lives as long as an attempt. The conversation has what must live longer.
 */
export const AgentState = Annotation.Root({
  /** The messages with which the model is asked. Replies that broke off are not among them. */
  messages: Annotation<BaseMessage[]>({ reducer: append, default: () => [] }),
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
