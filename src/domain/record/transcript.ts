import { cut } from '../failures.js';
import type { KeptConversation } from './conversation.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../text/json.js';

/** Longest text of a folded message. */
const FOLDED = 160;

/**
 * A conversation for people: who said what, with one line for each tool call and each result.
 *
 * @param conversation - as it was kept
 * @param whole - whether texts, arguments and results stay uncut
 */
export function transcriptText(
  { threadId, messages, modelCalls }: { threadId: string } & KeptConversation,
  whole: boolean,
): string {
  const models = new Map(modelCalls.map(({ id, persona, model }) => [id, `${persona} (${model})`]));
  const blocks = messages.map(({ id, attempt, role, message, ts }) => {
    const text = textOf(whole ? message.content : wordsOf(message.content));
    if (role === 'tool') return `    ← ${folded(text, whole)}`;
    const who = role === 'assistant' ? (models.get(id) ?? 'model') : 'phasegate';
    const head = `${ts.slice(11, 19)} ${who}, attempt ${attempt}:`;
    const shown = role === 'user' && !whole ? cut(text, 2_000) : text;
    const hidden = whole && role === 'assistant' ? hiddenOf(message) : [];
    return [head, ...hidden, ...(shown === '' ? [] : [indented(shown)]), ...callsOf(message.tool_calls, whole)].join(
      '\n',
    );
  });
  return [`── ${threadId}: ${messages.length} messages, ${modelCalls.length} model calls`, ...blocks].join('\n');
}

function callsOf(calls: JsonValue | undefined, whole: boolean): string[] {
  if (!Array.isArray(calls)) return [];
  return calls.map((call) => {
    const called = isJsonObject(call) && isJsonObject(call.function) ? call.function : {};
    const args = typeof called.arguments === 'string' ? called.arguments : JSON.stringify(called.arguments ?? {});
    const name = typeof called.name === 'string' ? withoutControls(cut(called.name, 100)) : '?';
    return `    → ${name} ${folded(withoutControls(args), whole)}`;
  });
}

const SHOWN = new Set(['role', 'content', 'tool_calls']);

/** What a provider sent for itself: thoughts and signatures. */
function hiddenOf(message: JsonObject): string[] {
  const fields = Object.entries(message).filter(([name, value]) => !SHOWN.has(name) && value !== null && value !== '');
  return fields.map(([name, value]) => `    ~ ${withoutControls(cut(name, 100))}: ${folded(textOf(value), true)}`);
}

function folded(text: string, whole: boolean): string {
  if (whole) return indented(text).trimStart();
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= FOLDED ? line : `${cut(line, FOLDED)} (${text.length} characters)`;
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}

function textOf(content: JsonValue | undefined): string {
  if (content === undefined || content === null) return '';
  return withoutControls(typeof content === 'string' ? content : JSON.stringify(content));
}

/** The words among the parts of a content. The other parts are thoughts. */
function wordsOf(content: JsonValue | undefined): JsonValue | undefined {
  if (!Array.isArray(content)) return content;
  return content.map((part) => (isJsonObject(part) && typeof part.text === 'string' ? part.text : '')).join('');
}

/** Makes a model's text harmless: it must not control a terminal. */
function withoutControls(text: string): string {
  return text.replace(/(?![\n\t])[\p{Cc}\p{Cf}\u2028\u2029]/gu, '·');
}
