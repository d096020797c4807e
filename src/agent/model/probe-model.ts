import { HumanMessage, type AIMessage } from '@langchain/core/messages';
import { compileValidator, formatError } from '../../domain/artifact-validation.js';
import type { JsonObject } from '../../domain/text/json.js';
import type { ModelAccess } from '../agent-request.js';
import { wireOf } from '../conversation/wire.js';
import { finishReason, isCutOff, shownText } from '../read-reply.js';
import { secretsOf } from './ask-provider.js';
import { ChatModel } from './chat-model.js';
import { classifyModelError } from './classify-model-error.js';
import { startDeadline } from './deadline.js';
import { requestBody } from './dialect/request-body.js';
import { TaughtModel } from './dialect/taught-model.js';
import type { ModelFailureCode } from './model-failure.js';
import { ErrorReply } from './provider-errors.js';

/** What one question to a model has shown. */
export interface ModelProbe {
  /** Why there was no reply; null when there was one. The message has no secret in it. */
  failure: { code: ModelFailureCode; message: string } | null;
  /** Whether it called a tool; null where that is not known. */
  tools: boolean | null;
  /** Whether its call satisfies the schema of the tool; null where no such call was made. */
  schema: boolean | null;
  /** Whether the reply told what it used. */
  usage: boolean | null;
  /** Fields of its reply that only this provider has, such as its thoughts. They go back with later requests. */
  fields: string[];
  /** What it taught by refusals, and what was wrong, in words. */
  notes: string[];
  /** How long the last request took, in milliseconds. */
  ms: number;
}

const SCHEMA: JsonObject = {
  $id: 'urn:phasegate:probe',
  type: 'object',
  required: ['title', 'steps'],
  additionalProperties: false,
  properties: {
    title: { type: 'string', minLength: 1, maxLength: 100 },
    steps: {
      type: 'array',
      minItems: 2,
      maxItems: 2,
      items: {
        type: 'object',
        required: ['name', 'risk'],
        additionalProperties: false,
        properties: { name: { type: 'string', pattern: '^[a-z]+$' }, risk: { enum: ['low', 'high'] } },
      },
    },
  },
};

const { $id: _ours, ...PARAMETERS } = SCHEMA;
const TOOLS: JsonObject[] = [
  {
    name: 'write_file',
    description: 'Writes a file. path: artifacts/probe.json, content: the JSON as text.',
    parameters: {
      type: 'object',
      required: ['path', 'content'],
      properties: { path: { type: 'string' }, content: { type: 'string' } },
    },
  },
  {
    name: 'write_artifact',
    description: 'Writes the artifact. Its arguments are the artifact.',
    parameters: PARAMETERS,
  },
].map((tool) => ({ type: 'function', function: tool }));

const SYSTEM = 'You answer with exactly one tool call, and with no words.';
const TASK =
  'Leave an artifact with the title "ready" and two steps: the first has the name "look" and the risk "low", the second the name "act" and the risk "high". Use write_artifact; if there is no such tool, use write_file.';

/** A provider may refuse a request for one thing after the other. */
const MOST_REQUESTS = 8;

/**
 * Asks a model once, in the way in which a phase would, with a tool whose parameters are a small schema. A request that
 * is refused for a reason that is clear is asked again in the way in which the provider wants it.
 *
 * @param timeoutMs - for each request
 */
export async function probeModel(access: ModelAccess, timeoutMs: number): Promise<ModelProbe> {
  const probe: ModelProbe = { failure: null, tools: null, schema: null, usage: null, fields: [], notes: [], ms: 0 };
  const model = new TaughtModel(access, ({ told }) => probe.notes.push(told));
  const conversation = [new HumanMessage(TASK)];
  for (let n = 1; ; n++) {
    const { artifactTool = true } = model.dialect;
    const tools = TOOLS.filter((_, index) => artifactTool || index === 0);
    const body = requestBody(access, model.dialect, { systemPrompt: SYSTEM, conversation, tools });
    const deadline = startDeadline(new AbortController().signal, timeoutMs);
    const began = performance.now();
    try {
      const chat = new ChatModel(access, body, ['write_file', 'write_artifact']);
      const reply = await chat.invoke(conversation, { signal: deadline.signal });
      model.answered(reply.usage_metadata?.total_tokens ?? 0);
      return { ...probe, ...seenIn(reply, probe.notes), ms: Math.round(performance.now() - began) };
    } catch (error) {
      if (error instanceof ErrorReply && n < MOST_REQUESTS && model.learns(error, body)) continue;
      const { code, message } = await classifyModelError(error, {
        deadlineExpired: deadline.expired(),
        secrets: secretsOf(access),
        baseUrl: access.baseUrl,
      });
      return { ...probe, failure: { code, message }, ms: Math.round(performance.now() - began) };
    } finally {
      deadline.clear();
    }
  }
}

const EVERYWHERE = new Set([
  'role',
  'content',
  'tool_calls',
  'refusal',
  'function_call',
  'audio',
  'annotations',
  'name',
]);

function seenIn(reply: AIMessage, notes: readonly string[]): Partial<ModelProbe> {
  const [call] = reply.tool_calls ?? [];
  const usage = (reply.usage_metadata?.input_tokens ?? 0) > 0;
  const fields = Object.entries(wireOf(reply)).flatMap(([name, value]) =>
    EVERYWHERE.has(name) || value === null ? [] : [name.slice(0, 60)],
  );
  const seen = { tools: call !== undefined, usage, fields: fields.slice(0, 20) };
  if (call === undefined) {
    const why = isCutOff(reply)
      ? 'the reply was cut at its output limit: raise maxOutputTokens'
      : `it called no tool (finish reason ${finishReason(reply) ?? 'none'}), and said: ${shownText(reply.text) || 'nothing'}`;
    return { ...seen, notes: [...notes, why] };
  }
  const invalid = reply.invalid_tool_calls?.[0];
  if (invalid) return { ...seen, schema: false, notes: [...notes, `its call: ${invalid.error}`] };
  if (call.name !== 'write_artifact') return { ...seen, notes: [...notes, `it called ${call.name}`] };
  const errors = compileValidator('urn:phasegate:probe', { 'urn:phasegate:probe': SCHEMA })(call.args as JsonObject);
  return { ...seen, schema: errors.length === 0, notes: [...notes, ...errors.slice(0, 3).map(formatError)] };
}
