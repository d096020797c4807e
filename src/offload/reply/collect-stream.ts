import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/text/json.js';
import { sizeOf } from '../../domain/text/json-tokens.js';
import { MessageParts } from './message-parts.js';

/** A stream that was read to its end: the completion that it makes, or what is wrong with it. */
export type Collected = { reply: JsonObject } | { problem: string; saysError: boolean };

const BEGINS = /^\s*(?:data|event|id|retry)?:/;
const MAX_DEPTH = 200;

/** Whether a body is a stream of events, whatever its headers say. */
export function isStream(text: string): boolean {
  return BEGINS.test(text.slice(0, 200));
}

/**
 * Makes one completion of a stream of chunks. Nobody acts on a stream before its end, so a stream that breaks off is no
 * completion: half of a tool call must not run.
 */
export function collectStream(text: string): Collected {
  const parts = new MessageParts();
  const top: JsonObject = {};
  let finish: JsonValue = null;
  let hasEnded = false;
  for (const data of eventsOf(text)) {
    if (data === '[DONE]') {
      hasEnded = true;
      break;
    }
    const chunk = parsed(data);
    if (chunk === null) return { problem: `an event that is not JSON: ${data.slice(0, 200)}`, saysError: false };
    const choice = firstChoice(chunk);
    const error = chunk.error ?? choice?.error;
    // a reply that broke off has both, and it is paid: the reader of replies tells them apart
    if (error) return { reply: { ...top, ...chunk, error, choices: parts.isEmpty ? [] : [{ message: {} }] } };
    for (const field of ['id', 'model', 'created'] as const) if (chunk[field]) top[field] ??= chunk[field];
    if (isJsonObject(chunk.usage)) top.usage = chunk.usage;
    if (!choice) continue;
    if (isJsonObject(choice.usage)) top.usage = choice.usage;
    if (isJsonObject(choice.message)) parts.replace(choice.message);
    if (isJsonObject(choice.delta)) parts.add(choice.delta);
    finish = choice.finish_reason || finish;
  }
  if (parts.isEmpty && finish === null) return { reply: top };
  if (!hasEnded && finish === null) return { problem: 'a stream that broke off before its end', saysError: false };
  const choices: JsonObject[] = [{ index: 0, message: parts.message, finish_reason: finish }];
  return { reply: { ...top, object: 'chat.completion', choices } };
}

/** The data of each event. An event's data may have several lines. */
function* eventsOf(text: string): Generator<string> {
  let data: string[] = [];
  for (const line of linesOf(text)) {
    if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
    else if (line === '' && data.length > 0) {
      yield data.join('\n');
      data = [];
    }
  }
  if (data.length > 0) yield data.join('\n');
}

function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start);
    const line = text.slice(start, end < 0 ? undefined : end);
    yield line.endsWith('\r') ? line.slice(0, -1) : line;
    if (end < 0) return;
    start = end + 1;
  }
}

function parsed(data: string): JsonObject | null {
  try {
    if (sizeOf(data).depth > MAX_DEPTH) return null;
    const value = JSON.parse(data) as JsonValue;
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Only one choice is asked for; others are not read. */
function firstChoice({ choices }: JsonObject): JsonObject | undefined {
  if (!Array.isArray(choices)) return undefined;
  return choices.filter(isJsonObject).find(({ index }) => index === undefined || index === null || index === 0);
}
