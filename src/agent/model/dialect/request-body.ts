import type { BaseMessage } from '@langchain/core/messages';
import { OUR_FIELDS } from '../../../domain/template/dialect.js';
import type { JsonObject } from '../../../domain/text/json.js';
import type { ModelAccess } from '../../agent-request.js';
import type { AgentTool } from '../../tools/agent-tool.js';
import type { Dialect } from './dialect.js';
import { sentMessages } from './sent-messages.js';

/** The parts of a request that come from the phase. */
export interface Asked {
  systemPrompt: string;
  conversation: readonly BaseMessage[];
  /** As {@link offeredTools} gives them. */
  tools: readonly JsonObject[];
}

/** The tools as a request has them. A provider that refuses the artifact's schema is not offered `write_artifact`. */
export function offeredTools(
  tools: readonly AgentTool[],
  { artifactTool = true }: Pick<Dialect, 'artifactTool'>,
): JsonObject[] {
  return tools
    .filter(({ name }) => artifactTool || name !== 'write_artifact')
    .map(({ name, description, parameters }) => ({ type: 'function', function: { name, description, parameters } }));
}

/** The body of a request. What a file says is merged in first, so it can't replace what is ours. */
export function requestBody(
  model: ModelAccess,
  dialect: Dialect,
  { systemPrompt, conversation, tools }: Asked,
): JsonObject {
  const { maxTokensField = 'max_tokens', parallelToolCalls, reasoningEffort, stream, streamOptions } = dialect;
  const given = Object.entries(dialect.request ?? {}).filter(([name]) => !OUR_FIELDS.has(name));
  const ours: JsonObject = {
    model: model.name,
    messages: sentMessages(systemPrompt, conversation, dialect),
    ...(tools.length > 0 && { tools: [...tools] }),
    stream,
    ...(stream && streamOptions && { stream_options: { include_usage: true } }),
    ...(model.temperature !== undefined && dialect.temperature && { temperature: model.temperature }),
    ...(model.maxOutputTokens !== undefined && { [maxTokensField]: model.maxOutputTokens }),
    ...(parallelToolCalls !== undefined && tools.length > 0 && { parallel_tool_calls: parallelToolCalls }),
    ...(reasoningEffort !== undefined && { reasoning_effort: reasoningEffort }),
  };
  return { ...Object.fromEntries(given), ...ours };
}
