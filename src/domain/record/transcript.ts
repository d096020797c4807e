import { cut } from '../failures.js';
import type { KeptConversation } from './conversation.js';
import { markOf, type ViewMark } from './view-mark.js';
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
  const places = new Map(messages.map(({ id, ordinal }) => [id, ordinal]));
  const blocks = messages.map((row) => {
    const { id, attempt, role, message, ts } = row;
    const mark = markOf(row);
    if (mark !== null) return markText(mark, places, whole);
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
  const said = messages.filter((row) => markOf(row) === null).length;
  return [`── ${threadId}: ${said} messages, ${modelCalls.length} model calls`, ...blocks].join('\n');
}

/** How the model sees the conversation from there on. */
function markText(mark: ViewMark, places: ReadonlyMap<string, number>, whole: boolean): string {
  switch (mark.kind) {
    case 'cut':
      return `  ✂ from here on, long results and arguments before message ${places.get(mark.before) ?? '?'} are one line each for the model`;
    case 'limit':
      return `  ✂ ${withoutControls(cut(mark.model, 100))} refused a request for its length: its context has about ${mark.tokens} tokens`;
    case 'summary': {
      const place = places.get(mark.upTo) ?? '?';
      const why = mark.failed === null ? null : withoutControls(cut(mark.failed, 500));
      if (why !== null) return `  ✂ a summary of the messages up to ${place} failed, and changes nothing: ${why}`;
      return `  ✂ from here on, the model sees this record in place of the messages up to ${place}:\n    ${folded(textOf(mark.text), whole)}`;
    }
  }
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
