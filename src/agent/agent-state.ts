import type { BaseMessage } from '@langchain/core/messages';
import { Annotation, messagesStateReducer } from '@langchain/langgraph';
import type { ModelCall, ToolCall } from '../domain/model-call.js';
import type { AgentOutcome } from './agent-request.js';

/** A file that a tool wrote, and in which attempt. */
export interface WrittenFile {
  attempt: number;
  path: string;
}

/** What LangGraph checkpoints after every step. Channel names are stored: renaming one loses it in threads that wait. */
export const AgentState = Annotation.Root({
  messages: Annotation<BaseMessage[]>({ reducer: messagesStateReducer, default: () => [] }),
  attempt: Annotation<number>(),
  /** null while the agent works; set at its end, which is how the graph knows to stop. */
  outcome: Annotation<AgentOutcome | null>({ reducer: (_old, next) => next, default: () => null }),
  calls: Annotation<ModelCall[]>({ reducer: appendNew((call) => call.id), default: () => [] }),
  toolCalls: Annotation<ToolCall[]>({ reducer: appendNew((call) => call.id), default: () => [] }),
  written: Annotation<WrittenFile[]>({ reducer: appendNew((file) => `${file.attempt} ${file.path}`), default: () => [] }),
});

export type AgentStateValues = typeof AgentState.State;
export type AgentStateUpdate = typeof AgentState.Update;

/** A reducer that appends, and leaves out what is there already: a step that runs again adds nothing. */
function appendNew<T>(key: (item: T) => string): (old: T[], added: T[]) => T[] {
  return (old, added) => {
    const known = new Set(old.map(key));
    const fresh = added.filter((item) => !known.has(key(item)) && known.add(key(item)));
    return [...old, ...fresh];
  };
}
