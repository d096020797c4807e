import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/text/json.js';
import { sizeOf } from '../../domain/text/json-tokens.js';
import { MessageParts } from './message-parts.js';
import { saysSomething, toldError } from './told-error.js';

/** A stream that was read to its end: the completion that it makes, or what is wrong with it. */
export type Collected = { reply: JsonObject } | { problem: string; saysError: boolean };

const BEGINS = /^\s*(?:data|event|id|retry)?:/;
const MAX_DEPTH = 200;
/** Finish reasons of a reply that goes on, as some servers write "none". */
const NOT_FINISHED = /^(|null|none|undefined|unspecified|finish_reason_unspecified)$/i;

/** An event of a stream. */
interface Event {
  data: string;
  /** Its name; empty where it has none. */
  name: string;
  /** The HTTP status that DashScope writes into a comment of it. */
  status?: number;
}

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
  let finish: string | null = null;
  let hasEnded = false;
  for (const event of eventsOf(text)) {
    if (event.data === '[DONE]') {
      hasEnded = true;
      break;
    }
    const chunk = chunkOf(event);
    if (chunk === null) return { problem: `an event that is not JSON: ${event.data.slice(0, 200)}`, saysError: false };
    const choice = firstChoice(chunk);
    const error = [chunk.error, choice?.error].find(saysSomething);
    // a reply that broke off has both, and it is paid: the reader of replies tells them apart
    if (error !== undefined)
      return { reply: { ...top, ...chunk, error, choices: parts.isEmpty ? [] : [{ message: {} }] } };
    for (const field of ['id', 'model', 'created'] as const) if (chunk[field]) top[field] ??= chunk[field];
    if (isJsonObject(chunk.usage)) top.usage = chunk.usage;
    if (!choice) continue;
    if (isJsonObject(choice.usage)) top.usage = choice.usage;
    if (isJsonObject(choice.message)) parts.replace(choice.message);
    if (isJsonObject(choice.delta)) parts.add(choice.delta);
    // a reply that was cut stays cut, whatever the last event says
    finish = finish === 'length' ? finish : (finishOf(choice) ?? finish);
  }
  if (parts.isEmpty && finish === null) return { reply: top };
  if (!hasEnded && finish === null) return { problem: 'a stream that broke off before its end', saysError: false };
  const choices: JsonObject[] = [{ index: 0, message: parts.message, finish_reason: finish }];
  return { reply: { ...top, object: 'chat.completion', choices } };
}

/** The events with data. An event's data may have several lines. */
function* eventsOf(text: string): Generator<Event> {
  let data: string[] = [];
  let about: Omit<Event, 'data'> = { name: '' };
  for (const line of linesOf(text)) {
    if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
    else if (line.startsWith('event:')) about.name = line.slice(6).trim();
    else if (line.startsWith(':HTTP_STATUS/')) about.status = Number(line.slice(13, 16));
    else if (line === '') {
      if (data.length > 0) yield { ...about, data: data.join('\n') };
      data = [];
      about = { name: '' };
    }
  }
  if (data.length > 0) yield { ...about, data: data.join('\n') };
}

/** The JSON of an event; one that tells of an error has it in `error`. */
function chunkOf({ data, name, status }: Event): JsonObject | null {
  const value = parsed(data);
  const [only] = Array.isArray(value) ? value : [value];
  const chunk = isJsonObject(only) ? only : null;
  const isBare = chunk !== null && !('choices' in chunk) && toldError(chunk, true) !== null;
  const isError = name === 'error' || (status ?? 0) >= 400 || isBare;
  if (!isError || saysSomething(chunk?.error)) return chunk;
  return { error: { ...(chunk ?? { message: data.slice(0, 2_000) }), ...(status !== undefined && { status }) } };
}

function finishOf({ finish_reason: reason }: JsonObject): string | null {
  return typeof reason === 'string' && !NOT_FINISHED.test(reason.trim()) ? reason : null;
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

function parsed(data: string): JsonValue {
  try {
    return sizeOf(data).depth > MAX_DEPTH ? null : (JSON.parse(data) as JsonValue);
  } catch {
    return null;
  }
}

/** Only one choice is asked for; others are not read. */
function firstChoice({ choices }: JsonObject): JsonObject | undefined {
  if (!Array.isArray(choices)) return undefined;
  return choices.filter(isJsonObject).find(({ index }) => index === undefined || index === null || index === 0);
}
