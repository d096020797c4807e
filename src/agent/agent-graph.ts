import { END, START, StateGraph } from '@langchain/langgraph';
import type { AgentRequest } from './agent-request.js';
import { AgentState, type AgentStateValues } from './agent-state.js';
import { callModelNode } from './call-model.js';
import { checkArtifactNode } from './check-artifact.js';
import type { InFlight } from './in-flight.js';
import type { Observer } from './observer.js';
import { runToolsNode } from './run-tools.js';
import { toolsFor } from './tools/tools-for.js';

/**
 * The agent's graph. The names of its nodes are stored in checkpoints: a renamed node ends a waiting thread silently, so
 * raise `GRAPH_VERSION` (domain/names.ts) with any change to them.
 */
export function buildAgentGraph(request: AgentRequest, observer: Observer, inFlight: InFlight) {
  const tools = toolsFor(request.tools, request.artifact);
  return new StateGraph(AgentState)
    .addNode('callModel', inFlight.track(callModelNode(request, tools, observer)))
    .addNode('runTools', inFlight.track(runToolsNode(request, tools, observer)))
    .addNode('checkArtifact', checkArtifactNode(request))
    .addEdge(START, 'callModel')
    .addConditionalEdges('callModel', endOr('runTools'), [END, 'runTools'])
    .addEdge('runTools', 'checkArtifact')
    .addConditionalEdges('checkArtifact', endOr('callModel'), [END, 'callModel'])
    .compile({ checkpointer: request.checkpointer });
}

function endOr<T extends string>(next: T) {
  return (state: AgentStateValues): T | typeof END => (state.outcome === null ? next : END);
}
