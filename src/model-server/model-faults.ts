import { isJsonObject, type JsonObject, type JsonValue } from '../domain/text/json.js';
import type { Fault } from './behaviour.js';
import type { ChatRequest } from './chat-request.js';
import { artifactText, leaveArtifact } from './default-agent.js';
import { brokenArtifactFor } from './artifact-value.js';
import { askedPhase } from './asked-phase.js';
import { calls, says, type Reply } from './reply.js';

/** Larger than the default limit of an artifact, and far larger than any sensible reply. */
const HUGE_CHARACTERS = 2 * 1024 * 1024;

type Misbehaviour = (request: ChatRequest) => Reply;

/** The replies of a model that misbehaves in its words or tool calls. They arrive without a fault. */
export const MODEL_FAULTS: Readonly<Partial<Record<Fault, Misbehaviour>>> = {
  content_filter: () => says('', 'content_filter'),
  refusal: () => ({ ...says(null), refusal: "I'm sorry, I can't help with that." }),
  text_only: () => says('I have thought about it, and all is well.'),
  unknown_tool: () => calls({ name: 'launch_rocket', args: { target: 'moon' } }),
  malformed_arguments: (request) => writes(request, '{"path": artifacts/x.json, content: }'),
  truncated_tool_call: (request) => ({ ...cutShort(leaveArtifact(request)), finishReason: 'length' }),
  invalid_json_artifact: (request) => writesText(request, `${artifactText(askedPhase(request)).slice(0, -2)},, oops`),
  invalid_artifact: (request) => {
    const { artifactSchema } = askedPhase(request);
    return writesText(request, JSON.stringify(artifactSchema ? brokenArtifactFor(artifactSchema) : {}, null, 2));
  },
  // the last verdict that the schema allows: ours list the good ones first
  red_verdict: (request) => {
    const facts = askedPhase(request);
    const verdict = isJsonObject(facts.artifactSchema) ? lastVerdict(facts.artifactSchema) : undefined;
    const artifact = JSON.parse(artifactText(facts)) as JsonValue;
    const red = isJsonObject(artifact) && verdict !== undefined ? { ...artifact, verdict } : artifact;
    return writesText(request, JSON.stringify(red, null, 2));
  },
  wrong_path: (request) => {
    const facts = askedPhase(request);
    const path = facts.artifactPath.replace(/[^/]+$/, 'somewhere-else.json');
    return calls({ name: 'write_file', args: { path, content: artifactText(facts) } });
  },
  huge_output: (request) => writesText(request, JSON.stringify({ summary: 'x'.repeat(HUGE_CHARACTERS) })),
};

function lastVerdict({ properties }: JsonObject): JsonValue | undefined {
  const verdict = isJsonObject(properties) ? properties.verdict : undefined;
  return isJsonObject(verdict) && Array.isArray(verdict.enum) ? verdict.enum.at(-1) : undefined;
}

function writesText(request: ChatRequest, content: string): Reply {
  return calls({ name: 'write_file', args: { path: askedPhase(request).artifactPath, content } });
}

function writes(request: ChatRequest, args: string): Reply {
  return calls({ name: request.tools.has('write_artifact') ? 'write_artifact' : 'write_file', args });
}

function cutShort(reply: Reply): Reply {
  const toolCalls = reply.toolCalls.map(({ name, args }) => {
    const text = typeof args === 'string' ? args : JSON.stringify(args);
    return { name, args: text.slice(0, Math.ceil(text.length / 2)) };
  });
  return { ...reply, toolCalls };
}
