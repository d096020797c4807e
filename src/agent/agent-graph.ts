import { AIMessage, ToolMessage } from '@langchain/core/messages';
import { END, START, StateGraph } from '@langchain/langgraph';
import type { AgentRequest } from './agent-request.js';
import { AgentState, type AgentStateValues } from './agent-state.js';
import { callModelNode } from './call-model.js';
import { checkArtifactNode } from './check-artifact.js';
import type { Conversation } from './conversation/conversation.js';
import { ModelAsker } from './model-asker.js';
import { Room } from './room.js';
import type { RunningSteps } from './running-steps.js';
import { readReplyNode } from './read-reply-node.js';
import { runToolsNode } from './run-tools.js';
import { sayWhatIsLeftNode } from './slips/what-is-left.js';
import { sumUpNode } from './sum-up.js';
import { toolsFor } from './tools/tools-for.js';

/** The agent's graph. It begins where the conversation stopped. */
export function buildAgentGraph(request: AgentRequest, conversation: Conversation, steps: RunningSteps) {
  const tools = toolsFor(request.tools, request.artifact, request.commands ?? null, request.remote);
  const asker = new ModelAsker(request, tools, conversation);
  const room = new Room(request, asker);
  return (
    new StateGraph(AgentState)
      .addNode('sayWhatIsLeft', sayWhatIsLeftNode(request, conversation))
      .addNode('callModel', steps.track(callModelNode(request, asker, room, conversation)))
      .addNode('sumUp', steps.track(sumUpNode(asker, room, conversation)))
      .addNode('readReply', readReplyNode(request, tools, conversation))
      .addNode('runTools', steps.track(runToolsNode(request, tools, room, conversation)))
      .addNode('checkArtifact', checkArtifactNode(request))
      .addConditionalEdges(START, whereItStopped, ['sayWhatIsLeft', 'readReply', 'checkArtifact'])
      .addConditionalEdges('callModel', afterCall, [END, 'readReply', 'sumUp', 'callModel'])
      // a summary is a call, too: the next one may be the last
      .addConditionalEdges('sumUp', endOr('sayWhatIsLeft'), [END, 'sayWhatIsLeft'])
      .addConditionalEdges('readReply', afterReading, [END, 'runTools', 'sayWhatIsLeft'])
      .addEdge('runTools', 'checkArtifact')
      .addConditionalEdges('checkArtifact', endOr('sayWhatIsLeft'), [END, 'sayWhatIsLeft'])
      .addEdge('sayWhatIsLeft', 'callModel')
      .compile()
  );
}

function whereItStopped({ messages, lastReply }: AgentStateValues): 'sayWhatIsLeft' | 'readReply' | 'checkArtifact' {
  if (lastReply !== null) return 'readReply';
  return ToolMessage.isInstance(messages.at(-1)) ? 'checkArtifact' : 'sayWhatIsLeft';
}

/** The model is asked again after a slip. Its calls are run when it has made any. */
function afterReading({ messages, outcome }: AgentStateValues): 'runTools' | 'sayWhatIsLeft' | typeof END {
  if (outcome !== null) return END;
  return AIMessage.isInstance(messages.at(-1)) ? 'runTools' : 'sayWhatIsLeft';
}

/** Without a reply it is asked again, in fewer words. */
function afterCall(state: AgentStateValues): 'readReply' | 'sumUp' | 'callModel' | typeof END {
  if (state.outcome !== null) return END;
  if (state.toSumUp !== null) return 'sumUp';
  return state.lastReply === null ? 'callModel' : 'readReply';
}

function endOr<T extends string>(next: T) {
  return (state: AgentStateValues): T | typeof END => (state.outcome === null ? next : END);
}
