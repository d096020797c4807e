import { AIMessage, ToolMessage, type BaseMessage } from '@langchain/core/messages';
import { sha256 } from '../../../domain/text/hash.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/text/json.js';
import { sentOf } from '../../conversation/wire.js';
import type { Dialect } from './dialect.js';

/** Mistral takes ids of exactly nine letters and digits, and the others take these, too. */
const ID_LENGTH = 9;

/** How replies and answers are sent. */
type ReplyDialect = Pick<Dialect, 'omit' | 'textNeeded' | 'thoughtsNeeded' | 'namesAnswers'>;

/** Moonshot takes an empty text for none. */
const NO_THOUGHTS = ' ';
/** Goes between the answer of a tool and a word of the user, for Mistral. */
const BETWEEN: JsonObject = { role: 'assistant', content: 'OK.' };

/**
 * The messages of a request. They depend on nothing but the conversation and the dialect, so that the beginning of one
 * request is the whole of the request before: providers cache it.
 */
export function sentMessages(
  systemPrompt: string,
  conversation: readonly BaseMessage[],
  dialect: Pick<Dialect, 'systemRole' | 'inTurn' | 'replyBetween'> & ReplyDialect,
): JsonObject[] {
  const { systemRole = 'system' } = dialect;
  const said = withRepliesBetween(new Numbered(dialect).all(conversation), dialect.replyBetween);
  const [first] = said;
  if (systemRole !== 'user') return inTurn([{ role: systemRole, content: systemPrompt }, ...said], dialect.inTurn);
  const prompt = first?.role === 'user' ? said.shift()?.content : undefined;
  return inTurn([{ role: 'user', content: together(systemPrompt, prompt) }, ...said], dialect.inTurn);
}

/** Gives calls and answers the ids with which they are sent: each call of a conversation has its own. */
class Numbered {
  private readonly taken = new Set<string>();
  /** The calls of the reply before: the id with which each is sent, and its tool. */
  private calls = new Map<string, { id: string; name: string }>();

  constructor(private readonly dialect: ReplyDialect) {}

  all(conversation: readonly BaseMessage[]): JsonObject[] {
    return conversation.map((message) => {
      if (AIMessage.isInstance(message)) return this.reply(message);
      if (ToolMessage.isInstance(message)) return this.answer(message);
      return { role: 'user', content: message.text };
    });
  }

  private reply(reply: AIMessage): JsonObject {
    const { omit, textNeeded, thoughtsNeeded } = this.dialect;
    const sent = without(sentOf(reply), omit);
    const raw = Array.isArray(sent.tool_calls) ? sent.tool_calls.filter(isJsonObject) : [];
    this.calls = new Map();
    const calls = raw.map((call, n) => {
      const id = this.freeId(call.id, `${reply.id}:${n}`);
      this.calls.set(String(reply.tool_calls?.[n]?.id), { id, name: String(reply.tool_calls?.[n]?.name) });
      return { ...without(call, omit), id };
    });
    const content = sent.content === null && (textNeeded || calls.length === 0) ? reply.text : (sent.content ?? null);
    const thoughts = thoughtsNeeded && !('reasoning_content' in sent) && { reasoning_content: NO_THOUGHTS };
    return { ...sent, content, ...thoughts, ...(calls.length > 0 && { tool_calls: calls }) };
  }

  private answer({ tool_call_id, text }: ToolMessage): JsonObject {
    const { id = tool_call_id, name } = this.calls.get(tool_call_id) ?? {};
    const answer = { role: 'tool', tool_call_id: id, content: text || '(empty)' };
    return this.dialect.namesAnswers && name !== undefined ? { ...answer, name } : answer;
  }

  /** The provider's own id, where it is one and is not there yet. */
  private freeId(given: unknown, seed: string): string {
    let id = typeof given === 'string' ? given : '';
    for (let n = 0; id === '' || this.taken.has(id); n++) id = sha256(`${seed}:${n}`).slice(0, ID_LENGTH);
    this.taken.add(id);
    return id;
  }
}

function without(fields: JsonObject, omit: readonly string[]): JsonObject {
  return omit.some((name) => name in fields)
    ? Object.fromEntries(Object.entries(fields).filter(([name]) => !omit.includes(name)))
    : fields;
}

/** Texts of the user as one. */
function together(...texts: (JsonValue | undefined)[]): string {
  return texts.filter((text): text is string => typeof text === 'string' && text !== '').join('\n\n');
}

function withRepliesBetween(messages: JsonObject[], wanted: boolean): JsonObject[] {
  if (!wanted) return messages;
  return messages.flatMap((message, n) =>
    message.role === 'user' && messages[n - 1]?.role === 'tool' ? [BETWEEN, message] : [message],
  );
}

/** Joins messages of the user that follow one another. */
function inTurn(messages: JsonObject[], wanted: boolean): JsonObject[] {
  if (!wanted) return messages;
  return messages.reduce<JsonObject[]>((joined, message) => {
    const last = joined.at(-1);
    if (message.role !== 'user' || last?.role !== 'user') return [...joined, message];
    return [...joined.slice(0, -1), { role: 'user', content: together(last.content, message.content) }];
  }, []);
}
