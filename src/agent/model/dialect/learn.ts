import type { JsonObject } from '../../../domain/text/json.js';
import type { ErrorReply } from '../provider-errors.js';
import type { Dialect } from './dialect.js';

/** What a provider taught by a refusal. */
export interface Lesson {
  /** Tells it from others about the same model. */
  id: string;
  /** The lesson in words, for the record of the run. */
  told: string;
  change: Partial<Dialect>;
}

/** A refused request, and the dialect that it was in. */
interface Refused {
  said: string;
  dialect: Dialect;
  body: JsonObject;
}

/** A refusal of the field or value itself, and not of how large it is. */
const REFUSED =
  /not (be )?(support|permit|allow|enabl|recogni|accept)|n't support|unsupported|unrecogni|unknown|unexpected|extra_forbidden|extra (inputs|fields|params)|additional propert|not one of|only support|invalid (role|parameter|argument)|should be 'system'|deprecated|invalid value|please remove|do not (send|pass|include)/i;
const TOO_MUCH = /at most|too (large|big|high|many)|exceed|less than|maximum (value|allowed)|<=|≤/i;
const SCHEMA_WORDS =
  /\$ref|\$defs|pattern must|grammar|json.?schema|invalid schema|invalid_function_parameters|input_schema|function_?declaration|tool schema|tools\W{0,3}\d{0,3}\W{0,3}[\w.]{0,60}parameters/i;
/** Which tool a place in the request has, by its number. Gemini has all functions in one tool. */
const TOOL_PLACES = [/function_?declarations\W{1,2}(\d{1,3})/i, /\btools[[.](\d{1,3})/i];

/**
 * What a refusal teaches, where it can mean only one thing. It is judged by the words alone, never by the name of the
 * model.
 *
 * @param body - the request that was refused
 * @returns null where the words are not clear
 */
export function learn(error: ErrorReply, dialect: Dialect, body: JsonObject): Lesson | null {
  if (error.status < 400 || [401, 402, 403, 404, 408, 429].includes(error.status)) return null;
  const refused = { said: error.said.slice(0, 4_000), dialect, body };
  // a server that fails is believed only where its template does: llama.cpp says so with status 500
  const lessons = error.status >= 500 ? [systemRole, turns, replyBetween] : LESSONS;
  for (const lesson of lessons) {
    const found = lesson(refused);
    if (found) return found;
  }
  return null;
}

const LESSONS = [
  maxTokens,
  temperature,
  systemRole,
  turns,
  replyBetween,
  streamOnly,
  streamOptions,
  artifactTool,
  echoed,
  thoughts,
  text,
  names,
];

function maxTokens({ said, body }: Refused): Lesson | null {
  if (!REFUSED.test(said) || TOO_MUCH.test(said)) return null;
  const [sent, other] =
    'max_tokens' in body
      ? (['max_tokens', 'max_completion_tokens'] as const)
      : (['max_completion_tokens', 'max_tokens'] as const);
  if (!(sent in body) || !new RegExp(`\\b${sent}\\b`).test(said)) return null;
  // the refusal of the older field is clear only where it names the newer one
  if (sent === 'max_tokens' && !said.includes(other)) return null;
  return { id: other, told: `it takes ${other} in place of ${sent}`, change: { maxTokensField: other } };
}

function temperature({ said, body, dialect }: Refused): Lesson | null {
  const isRefused = REFUSED.test(said) || /only the default|only be set to 1\b/i.test(said);
  if (!('temperature' in body) || !dialect.temperature || !isRefused || !/\btemperature\b/.test(said)) return null;
  return { id: 'temperature', told: 'it takes no temperature, which is left out', change: { temperature: false } };
}

function systemRole({ said, dialect: { systemRole = 'system' } }: Refused): Lesson | null {
  if (systemRole === 'user' || !REFUSED.test(said)) return null;
  const isRole = /\brole\b|roles\b|developer instruction|system (prompt|message|instruction)/i.test(said);
  const wants = (role: 'system' | 'developer' | 'user'): Lesson => ({
    id: `role-${role}`,
    told: `it does not take the system prompt in the role ${systemRole}: it goes in the role ${role}`,
    change: { systemRole: role },
  });
  if (systemRole === 'developer') return /developer|should be 'system'/i.test(said) ? wants('system') : null;
  if (/developer instruction/i.test(said)) return wants('user');
  if (!isRole || !/\bsystem\b/i.test(said)) return null;
  return wants(/use .{0,20}developer/i.test(said) ? 'developer' : 'user');
}

function turns({ said, dialect }: Refused): Lesson | null {
  if (dialect.inTurn || !/roles must alternate|must alternate (between )?user/i.test(said)) return null;
  const told = 'user and assistant must speak in turn: messages of phasegate that follow one another go as one';
  return { id: 'in-turn', told, change: { inTurn: true } };
}

function replyBetween({ said, dialect }: Refused): Lesson | null {
  const isClear = /role '?user'? after (the )?role '?tool'?|'?tool'? (role|message)s? .{0,40}followed by .{0,20}user/i;
  if (dialect.replyBetween || !isClear.test(said)) return null;
  const told = 'no word of the user may follow the answer of a tool: an assistant message of one word goes between';
  return { id: 'reply-between', told, change: { replyBetween: true } };
}

function streamOnly({ said, dialect }: Refused): Lesson | null {
  const isClear =
    /only supports? (the )?stream|non-?streaming|stream\W{0,3}(mode )?(must|should|has to) be\W{1,3}(set to )?\W?(true|enabled)|enable the stream/i;
  if (dialect.stream || !isClear.test(said)) return null;
  return { id: 'stream', told: 'it answers only as a stream, which is read whole', change: { stream: true } };
}

function streamOptions({ said, dialect, body }: Refused): Lesson | null {
  if (!('stream_options' in body) || !dialect.streamOptions || !said.includes('stream_options')) return null;
  if (!REFUSED.test(said)) return null;
  const told = 'it does not take stream_options: the usage of its replies may be unknown';
  return { id: 'stream-options', told, change: { streamOptions: false } };
}

/**
 * Our own schemas are taken everywhere. So a refused schema is that of the artifact, or that of a tool of an MCP server,
 * of which the words have the name or the place.
 */
function artifactTool({ said, body }: Refused): Lesson | null {
  const offered = namesOf(body.tools);
  if (!offered.includes('write_artifact') || !offered.includes('write_file')) return null;
  const blamed = blamedTools(said, offered);
  const isBlamed = blamed.includes('write_artifact');
  const isNamed = /write_artifact/.test(said) && /schema|parameter|invalid|not support|unsupported|keyword/i.test(said);
  if (!isNamed && (!SCHEMA_WORDS.test(said) || (blamed.length > 0 && !isBlamed))) return null;
  const told = 'it refuses the schema of write_artifact: the artifact is written with write_file';
  return { id: 'artifact-tool', told, change: { artifactTool: false } };
}

function echoed({ said, dialect, body }: Refused): Lesson | null {
  if (!REFUSED.test(said) || /(must|should) be (passed|sent|provided|included)|missing/i.test(said)) return null;
  const field = ownFields(body.messages).find(
    (name) =>
      !dialect.omit.includes(name) &&
      new RegExp(`(?:^|[^\\w])${escaped(name)}(?:$|[^\\w])`).test(said) &&
      (name.includes('_') || /messages|assistant/i.test(said) || new RegExp(`['"\`]${escaped(name)}['"\`]`).test(said)),
  );
  if (field === undefined) return null;
  return {
    id: `omit-${field}`,
    told: `it refuses the field ${field} of its own replies, which is not sent back`,
    change: { omit: [...dialect.omit, field] },
  };
}

/** A conversation that another model began has replies without the thoughts that a thinking model wants to see again. */
function thoughts({ said, dialect, body }: Refused): Lesson | null {
  const isClear = /missing.{0,60}reasoning_content|reasoning_content.{0,80}(missing|required|must be)/i;
  const lacks = (body.messages as JsonObject[]).some(
    (message) => message.role === 'assistant' && !('reasoning_content' in message),
  );
  if (dialect.thoughtsNeeded || !lacks || !isClear.test(said)) return null;
  const told = 'it wants reasoning_content in every reply: an empty one goes with the replies of another model';
  return { id: 'thoughts', told, change: { thoughtsNeeded: true } };
}

function text({ said, dialect }: Refused): Lesson | null {
  const isClear = /content\b.{0,60}(\bnull\b|<?\bnil\b|\bNone\b|valid string)|(\bnull\b|\bnil\b).{0,60}\bcontent/i;
  if (dialect.textNeeded || !isClear.test(said)) return null;
  return {
    id: 'text',
    told: 'it wants a text in every message: an empty one goes with tool calls',
    change: { textNeeded: true },
  };
}

function names({ said, dialect }: Refused): Lesson | null {
  if (dialect.namesAnswers || !/function_response\.name|tool message.{0,40}\bname\b/i.test(said)) return null;
  return { id: 'names', told: "it wants the tool's name with a tool's answer", change: { namesAnswers: true } };
}

/** The tools that words are about. */
function blamedTools(said: string, offered: readonly string[]): string[] {
  const at = TOOL_PLACES.map((place) => place.exec(said)?.[1]).find((n) => n !== undefined);
  const placed = at === undefined ? undefined : offered[Number(at)];
  const named = offered.filter((name) => new RegExp(`(?:^|[^\\w-])${escaped(name)}(?:$|[^\\w-])`).test(said));
  return placed === undefined ? named : [...named, placed];
}

function namesOf(tools: unknown): string[] {
  return Array.isArray(tools) ? (tools as { function: { name: string } }[]).map((tool) => tool.function.name) : [];
}

const OF_EVERY_MESSAGE = new Set(['role', 'content', 'tool_calls', 'id', 'type', 'function', 'name', 'tool_call_id']);

/** The fields that only this provider's replies and calls have. */
function ownFields(messages: unknown): string[] {
  const replies = (messages as JsonObject[]).filter(({ role }) => role === 'assistant');
  const calls = replies.flatMap(({ tool_calls }) => (tool_calls ?? []) as JsonObject[]);
  const names = new Set([...replies, ...calls].flatMap((fields) => Object.keys(fields)));
  return [...names].filter((name) => !OF_EVERY_MESSAGE.has(name) && name.length <= 100);
}

function escaped(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/g, '\\$&');
}
