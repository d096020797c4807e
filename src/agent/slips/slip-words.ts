import { HumanMessage } from '@langchain/core/messages';
import type { AIMessage } from '@langchain/core/messages';
import type { AgentRequest } from '../agent-request.js';
import type { AgentStateValues } from '../agent-state.js';
import { recordId } from '../model/record-id.js';
import type { AgentTool } from '../tools/agent-tool.js';
import { MOST_SLIPS, slipsInARow } from './count-turns.js';
import type { ReplySlip, Turn } from './turn.js';
import { writtenElsewhere } from './wrong-path.js';

/**
 * What the model is told after a reply that was of no use. It depends on the conversation alone, so a conversation that
 * goes on after a crash has the same words.
 *
 * @param slip - what was wrong with the reply
 * @param turns - those of the attempt, with this one
 */
export function slipMessage(
  reply: AIMessage,
  slip: ReplySlip,
  turns: readonly Turn[],
  state: AgentStateValues,
  request: AgentRequest,
  tools: readonly AgentTool[],
): HumanMessage {
  const names = new Set(tools.map(({ name }) => name));
  const how = ['write_artifact', 'write_file'].filter((name) => names.has(name)).join(' or ');
  const left = MOST_SLIPS - slipsInARow(turns);
  const content = [
    WHAT_HAPPENED[slip](request, turns),
    ...whatLies(turns, state, request),
    `Your work is done when ${request.artifact.path} is written, with ${how}.`,
    left <= 2
      ? `The phase ends without an artifact after ${left} more ${left === 1 ? 'reply' : 'replies'} like this.`
      : '',
  ]
    .filter((line) => line !== '')
    .join(' ');
  return new HumanMessage({ id: recordId(`${reply.id}:slip`), content });
}

const WHAT_HAPPENED: Record<ReplySlip, (request: AgentRequest, turns: readonly Turn[]) => string> = {
  words: () => 'You have not left the artifact. Words alone are not enough: go on, and call a tool.',
  empty: () => 'Your reply was empty. Go on, and call a tool.',
  cut: ({ model: { maxOutputTokens } }, turns) => {
    const limit = maxOutputTokens === undefined ? '' : ` of ${maxOutputTokens} tokens`;
    const cut = `Your reply was cut off at the output limit${limit}. Nothing in it was run, and its calls are not in this conversation.`;
    return turns.at(-1)?.cutArtifact
      ? `${cut} The artifact must fit into one reply: write it shorter, without long quotations. If it is cut off again, the phase ends.`
      : `${cut} Go on in smaller calls: one file at a time, and a long file in parts.`;
  },
};

/** The files that the model may take for the artifact. */
function whatLies(turns: readonly Turn[], state: AgentStateValues, { artifact: { path } }: AgentRequest): string[] {
  const elsewhere = writtenElsewhere(state, path);
  if (elsewhere.length > 0) return [`You wrote ${elsewhere.join(', ')}, and this phase's artifact is ${path}.`];
  if (turns.some(({ slip }) => slip === 'invalid_artifact'))
    return [`The file at ${path} is not valid yet: correct what the answer above names.`];
  const isOld = state.written.some((file) => file.path === path && file.attempt < state.attempt);
  return isOld ? [`The file at ${path} is from an earlier attempt and does not count: write it anew.`] : [];
}
