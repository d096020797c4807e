import type { AgentRequest } from './agent-request.js';
import { turnsOfAttempt, type AgentStateUpdate, type AgentStateValues } from './agent-state.js';
import type { Conversation } from './conversation/conversation.js';
import { isSlip, readReply, shownText } from './read-reply.js';
import { outcomeOfTurns } from './slips/slip-outcome.js';
import { slipMessage } from './slips/slip-words.js';
import { turnOfReply } from './slips/turn.js';
import type { AgentTool } from './tools/agent-tool.js';

/**
 * The node `readReply`: a reply calls tools, or it is a slip. After a slip the model is told so and goes on, until the
 * slips pass their limits. A refusal ends the attempt.
 */
export function readReplyNode(request: AgentRequest, tools: readonly AgentTool[], conversation: Conversation) {
  return (state: AgentStateValues): AgentStateUpdate => {
    const { lastReply: reply, attempt } = state;
    if (reply === null) return {};
    const { ending, text } = readReply(reply, request.model.maxOutputTokens);
    if (ending === null) return { lastReply: null };
    if (!isSlip(ending)) {
      const outcome = { kind: 'no_artifact' as const, reason: ending, text: shownText(text), replies: 1 };
      return { lastReply: null, outcome };
    }
    const turn = turnOfReply(reply, attempt, ending, request.artifact.path);
    const turns = [...turnsOfAttempt(state), turn];
    const outcome = outcomeOfTurns(turns, text, state, request);
    if (outcome !== null) return { lastReply: null, turns: [turn], outcome };
    const told = slipMessage(reply, ending, turns, state, request, tools);
    conversation.say([told]);
    return { lastReply: null, turns: [turn], messages: [told] };
  };
}
