import { AIMessage } from '@langchain/core/messages';
import type { AgentRequest } from './agent-request.js';
import { turnsOfAttempt, type AgentStateUpdate, type AgentStateValues } from './agent-state.js';
import { outcomeOfTurns } from './slips/slip-outcome.js';

/**
 * The node `checkArtifact` (S10): the loop ends as soon as a tool of this attempt has written the expected path. It
 * does not wait for what the model would still say. It also ends when slips have passed their limits.
 */
export function checkArtifactNode(request: AgentRequest) {
  return (state: AgentStateValues): AgentStateUpdate => {
    const { path } = request.artifact;
    if (state.written.some((file) => file.attempt === state.attempt && file.path === path)) {
      return { outcome: { kind: 'artifact_written', path } };
    }
    const said = state.messages.findLast((message) => AIMessage.isInstance(message))?.text ?? '';
    const outcome = outcomeOfTurns(turnsOfAttempt(state), said, state, request);
    return outcome === null ? {} : { outcome };
  };
}
