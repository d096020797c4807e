import { AIMessage, HumanMessage } from '@langchain/core/messages';
import type { AgentRequest } from './agent-request.js';
import type { AgentStateUpdate, AgentStateValues } from './agent-state.js';

/** After this many replies in a row with nothing but unreadable tool calls, asking again would only cost money. */
const MAX_UNREADABLE_REPLIES = 3;

/**
 * The node `checkArtifact` (S10): the loop ends as soon as a tool of this attempt has written the expected path. It
 * does not wait for what the model would still say.
 */
export function checkArtifactNode(request: AgentRequest) {
  return (state: AgentStateValues): AgentStateUpdate => {
    const { path } = request.artifact;
    if (state.written.some((file) => file.attempt === state.attempt && file.path === path)) {
      return { outcome: { kind: 'artifact_written', path } };
    }
    if (unreadableReplies(state) < MAX_UNREADABLE_REPLIES) return {};
    const text = `${MAX_UNREADABLE_REPLIES} replies in a row had tool calls whose arguments could not be read`;
    return { outcome: { kind: 'no_artifact', reason: 'bad_tool_arguments', text } };
  };
}

function unreadableReplies({ messages }: AgentStateValues): number {
  const lastTurn = messages.slice(messages.findLastIndex((message) => HumanMessage.isInstance(message)) + 1);
  const replies = lastTurn.filter((message) => AIMessage.isInstance(message)).reverse();
  const readable = replies.findIndex(
    ({ tool_calls, invalid_tool_calls }) => invalid_tool_calls?.length !== tool_calls?.length,
  );
  return readable === -1 ? replies.length : readable;
}
