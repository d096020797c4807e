import type { JsonObject } from '../domain/text/json.js';
import type { AgentRequest } from './agent-request.js';

/**
 * The system prompt of a request. Where no tool has the schema of the artifact, the schema is in it: because a tool API
 * can't express it, or because a provider refuses it. Then it comes here as soon as that is known, also in the middle of
 * a conversation.
 *
 * @param offered - the tools, as they are sent
 */
export function systemPromptFor(
  { systemPrompt, artifact }: Pick<AgentRequest, 'systemPrompt' | 'artifact'>,
  offered: readonly JsonObject[],
): string {
  const { schema, schemas, path } = artifact;
  if (schema === null || offered.some(isArtifactTool)) return systemPrompt;
  const others = Object.values(schemas).filter(({ $id }) => $id !== schema.$id);
  return [
    systemPrompt.trimEnd(),
    '',
    `The artifact ${path} is one JSON value that satisfies this JSON Schema (2020-12):`,
    JSON.stringify(schema),
    ...(others.length > 0 ? ['Schemas that it refers to:', ...others.map((other) => JSON.stringify(other))] : []),
  ].join('\n');
}

function isArtifactTool(tool: JsonObject): boolean {
  return (tool.function as JsonObject | undefined)?.name === 'write_artifact';
}
