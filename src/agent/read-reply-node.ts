import { AIMessage } from '@langchain/core/messages';
import type { AgentStateUpdate, AgentStateValues } from './agent-state.js';
import { readReply, shownText } from './read-reply.js';

/** The node `readReply`: a reply that is kept either calls tools or ends the attempt. */
export function readReplyNode(state: AgentStateValues): AgentStateUpdate {
  if (state.lastReply === null) return {};
  const { ending, text } = readReply(state.lastReply);
  if (ending === null) return { lastReply: null };
  const reason = ending === 'ended_without_writing' && gaveUpOnArguments(state) ? 'bad_tool_arguments' : ending;
  const wroteInstead = writtenElsewhere(state);
  const outcome = {
    kind: 'no_artifact' as const,
    reason,
    text: shownText(text),
    ...(wroteInstead.length > 0 && { wroteInstead }),
  };
  return { lastReply: null, outcome };
}

/** Whether the model's last words before this reply were tool calls that nobody could read. */
function gaveUpOnArguments({ messages, lastReply }: AgentStateValues): boolean {
  const before = messages.filter((message) => message.id !== lastReply?.id);
  const last = before.findLast((message) => AIMessage.isInstance(message));
  return (last?.invalid_tool_calls ?? []).length > 0 && before.at(-1)?.type === 'tool';
}

/** JSON files that were written instead of the artifact. A wrong path is the commonest mistake. */
function writtenElsewhere({ written, attempt }: AgentStateValues): string[] {
  const json = written.filter((file) => file.attempt === attempt && file.path.endsWith('.json'));
  return json.map(({ path }) => path).slice(0, 5);
}
