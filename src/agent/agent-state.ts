import type { AIMessage, BaseMessage } from '@langchain/core/messages';
import { Annotation } from '@langchain/langgraph';
import type { ModelCall } from '../domain/record/model-call.js';
import type { AgentOutcome } from './agent-request.js';

/** A file that a tool wrote, and in which attempt. */
export interface WrittenFile {
  attempt: number;
  path: string;
}

/**
 * What the nodes of the graph hand on. It lives as long as an attempt: what must outlive that is in the conversation.
 */
export const AgentState = Annotation.Root({
  /** What the model is asked with: replies that broke are not in it. */
  messages: Annotation<BaseMessage[]>({ reducer: append, default: () => [] }),
  attempt: Annotation<number>(),
  /** null while the agent works; set at its end, which is how the graph knows to stop. */
  outcome: Annotation<AgentOutcome | null>(latest<AgentOutcome>()),
  calls: Annotation<ModelCall[]>({ reducer: append, default: () => [] }),
  written: Annotation<WrittenFile[]>({ reducer: append, default: () => [] }),
  /** The newest reply, also a broken one, as long as nothing has come after it. */
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
