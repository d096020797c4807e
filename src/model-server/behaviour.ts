import type { JsonObject, JsonValue } from '../domain/text/json.js';

/** Ways to misbehave that need more than a status, a text or tool calls. */
const FAULTS = [
  // the transport
  'drop_before_headers',
  'drop_mid_body',
  'stall_headers',
  'stall_body',
  'html',
  'broken_json',
  // the provider
  'context_length',
  'quota_exhausted',
  'content_filter_error',
  'empty_choices',
  'no_usage',
  'zero_usage',
  // the model
  'content_filter',
  'refusal',
  'text_only',
  'unknown_tool',
  'malformed_arguments',
  'truncated_tool_call',
  'invalid_json_artifact',
  'invalid_artifact',
  'red_verdict',
  'wrong_path',
  'huge_output',
] as const;

export type Fault = (typeof FAULTS)[number];

/** A tool call in full: `args` is an object, or exactly the text that is sent. */
export interface ScriptedToolCall {
  name: string;
  args: JsonObject | string;
}

/**
 * The answer to one request. It has one of `status`, `fault`, `text`, `tools`, `reply`. With none of them (`{}`,
 * `{delayMs: 500}`) it is the default answer: what a small agent would do next.
 */
export interface Behaviour {
  /** Wait this long before answering. */
  delayMs?: number;
  /** For how many requests it holds; default 1. */
  times?: number | 'always';
  /** An HTTP status. It has the API's own body for that status, unless there is a `body`. */
  status?: number;
  /** For `status`: value of the header Retry-After, in seconds or as a date. */
  retryAfter?: string;
  body?: JsonValue;
  fault?: Fault;
  /** An answer in words, with no tool call. */
  text?: string;
  tools?: ScriptedToolCall[];
  /** For `tools`; default `tool_calls`. */
  finishReason?: string;
  /** The whole body of the answer, status 200. */
  reply?: JsonValue;
}

const KINDS = ['status', 'fault', 'text', 'tools', 'reply'] as const;
const COMMON = ['delayMs', 'times'];
const COMPANIONS: Partial<Record<string, readonly string[]>> = {
  status: ['retryAfter', 'body'],
  tools: ['finishReason'],
};

/**
 * Checks a script that came over HTTP.
 *
 * @throws Error that says which entry is wrong and why
 */
export function parseBehaviours(value: unknown): Behaviour[] {
  if (!Array.isArray(value)) throw new Error('a script is a JSON array of behaviours');
  return value.map((entry: unknown, i) => {
    const problem = problemOf(entry);
    if (problem) throw new Error(`behaviour ${i}: ${problem}`);
    return entry as Behaviour;
  });
}

function problemOf(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return 'expected a JSON object';
  const fields = entry as Record<string, unknown>;
  const kinds = KINDS.filter((kind) => kind in fields);
  if (kinds.length > 1) return `only one of ${kinds.join(', ')} can be answered`;
  const known = [...COMMON, ...kinds, ...(COMPANIONS[kinds[0] ?? ''] ?? [])];
  const unknown = Object.keys(fields).find((key) => !known.includes(key));
  if (unknown !== undefined) return `unknown field ${JSON.stringify(unknown)}; known here: ${known.join(', ')}`;
  return wrongValue(fields);
}

function wrongValue({
  delayMs = 0,
  times = 1,
  status = 500,
  fault,
  text = '',
  tools = [],
}: Record<string, unknown>): string | undefined {
  if (typeof delayMs !== 'number' || !(delayMs >= 0)) return 'delayMs must be a number of milliseconds';
  if (times !== 'always' && !(Number.isInteger(times) && (times as number) > 0))
    return 'times must be a positive integer or "always"';
  if (!Number.isInteger(status) || (status as number) < 200 || (status as number) > 599)
    return 'status must be an HTTP status from 200 to 599';
  if (fault !== undefined && !FAULTS.some((name) => name === fault))
    return `unknown fault; there are: ${FAULTS.join(', ')}`;
  if (typeof text !== 'string') return 'text must be a string';
  if (!Array.isArray(tools) || !tools.every(isToolCall))
    return 'tools must be an array of {name, args}, args an object or a string';
  return undefined;
}

function isToolCall(value: unknown): boolean {
  const { name, args } = (value ?? {}) as Partial<Record<string, unknown>>;
  return (
    typeof name === 'string' &&
    (typeof args === 'string' || (typeof args === 'object' && args !== null && !Array.isArray(args)))
  );
}
