import { ToolMessage } from '@langchain/core/messages';
import { END, START, StateGraph } from '@langchain/langgraph';
import type { AgentRequest } from './agent-request.js';
import { AgentState, type AgentStateValues } from './agent-state.js';
import { callModelNode } from './call-model.js';
import { checkArtifactNode } from './check-artifact.js';
import type { Conversation } from './conversation/conversation.js';
import type { RunningSteps } from './running-steps.js';
import { readReplyNode } from './read-reply-node.js';
import { runToolsNode } from './run-tools.js';
import { toolsFor } from './tools/tools-for.js';

/** The agent's graph. It begins where the conversation stopped. */
export function buildAgentGraph(request: AgentRequest, conversation: Conversation, steps: RunningSteps) {
  const tools = toolsFor(request.tools, request.artifact, request.commands ?? null);
  return new StateGraph(AgentState)
    .addNode('callModel', steps.track(callModelNode(request, tools, conversation)))
    .addNode('readReply', readReplyNode)
    .addNode('runTools', steps.track(runToolsNode(request, tools, conversation)))
    .addNode('checkArtifact', checkArtifactNode(request))
    .addConditionalEdges(START, whereItStopped, ['callModel', 'readReply', 'checkArtifact'])
    .addConditionalEdges('callModel', endOr('readReply'), [END, 'readReply'])
    .addConditionalEdges('readReply', endOr('runTools'), [END, 'runTools'])
    .addEdge('runTools', 'checkArtifact')
    .addConditionalEdges('checkArtifact', endOr('callModel'), [END, 'callModel'])
    .compile();
}

function whereItStopped({ messages, lastReply }: AgentStateValues): 'callModel' | 'readReply' | 'checkArtifact' {
  if (lastReply !== null) return 'readReply';
  return ToolMessage.isInstance(messages.at(-1)) ? 'checkArtifact' : 'callModel';
}

function endOr<T extends string>(next: T) {
  return (state: AgentStateValues): T | typeof END => (state.outcome === null ? next : END);
}
