import { isJsonObject, type JsonObject, type JsonValue } from '../text/json.js';

/** What a model wants in its requests that others don't. A backend says it for all of its models, a persona for its own. */
export interface ModelDialect {
  /** Merged into the body of each request. It can't replace {@link OUR_FIELDS}. */
  request?: JsonObject;
  /** The field for `maxOutputTokens`; default `max_tokens`. */
  maxTokensField?: 'max_tokens' | 'max_completion_tokens';
  /** The role of the system prompt; default `system`. With `user` it stands before the prompt, in the same message. */
  systemRole?: 'system' | 'developer' | 'user';
  /** Whether a reply may have several tool calls. Without it, the provider decides. */
  parallelToolCalls?: boolean;
  reasoningEffort?: string;
  /** Whether the tool `write_artifact` is offered; default true. */
  artifactTool?: boolean;
}

/** Fields of a request that no file may set: what they say is decided elsewhere, and counted. */
export const OUR_FIELDS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'tools',
  'functions',
  'stream',
  'stream_options',
  'n',
  'max_tokens',
  'max_completion_tokens',
]);

/** The dialect of a persona's model: what the persona says comes before what its backend says. */
export function combineDialects(backend: ModelDialect, persona: ModelDialect): ModelDialect {
  const request = merged(backend.request ?? {}, persona.request ?? {}) as JsonObject;
  return { ...dialectOf(backend), ...dialectOf(persona), ...(Object.keys(request).length > 0 && { request }) };
}

/** The fields of a dialect alone, those that are set. */
function dialectOf({
  maxTokensField,
  systemRole,
  parallelToolCalls,
  reasoningEffort,
  artifactTool,
}: ModelDialect): ModelDialect {
  const fields = { maxTokensField, systemRole, parallelToolCalls, reasoningEffort, artifactTool };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** One JSON value laid over another: objects are merged, anything else is replaced. */
function merged(under: JsonValue | undefined, over: JsonValue): JsonValue {
  if (!isJsonObject(under) || !isJsonObject(over)) return over;
  const members = new Map(Object.entries(under));
  for (const [name, value] of Object.entries(over)) members.set(name, merged(members.get(name), value));
  return Object.fromEntries(members);
}
