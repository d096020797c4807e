import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/text/json.js';

/** Texts that name something. They come whole, and some servers send them with every part. */
const NAMES = new Set(['role', 'type', 'id', 'name', 'format', 'object', 'tool_call_id']);

/** A message that comes in parts. */
export class MessageParts {
  #message: JsonObject | null = null;
  readonly #calls = new Calls();

  get isEmpty(): boolean {
    return this.#message === null;
  }

  /** Adds one `delta`. */
  add({ tool_calls, ...delta }: JsonObject): void {
    this.#message = joined(this.#message ?? {}, delta);
    if (Array.isArray(tool_calls)) tool_calls.filter(isJsonObject).forEach((part) => this.#calls.add(part));
  }

  /** Takes a message that came whole, instead of the parts so far. */
  replace(message: JsonObject): void {
    this.#message = { ...this.#message, ...message };
  }

  get message(): JsonObject {
    const calls = this.#calls.all;
    return { ...this.#message, ...(calls.length > 0 && { tool_calls: calls }) };
  }
}

interface Slot {
  call: JsonObject;
}

/** The tool calls of a message that comes in parts. */
class Calls {
  readonly #slots: Slot[] = [];
  readonly #at = new Map<JsonValue, Slot>();
  readonly #byId = new Map<JsonValue, Slot>();

  get all(): JsonObject[] {
    return this.#slots.map(({ call }) => call);
  }

  /** Adds a part to its call. Some servers give every call the same index, or none: then the id tells them apart. */
  add({ index, ...part }: JsonObject): void {
    const { id } = part;
    const hasIndex = index !== undefined && index !== null;
    const open = hasIndex ? this.#at.get(index) : this.#slots.at(-1);
    const slot = (id ? this.#byId.get(id) : undefined) ?? (open && continues(open.call, part) ? open : this.#begin());
    slot.call = joined(slot.call, part);
    if (hasIndex) this.#at.set(index, slot);
    if (id) this.#byId.set(id, slot);
  }

  #begin(): Slot {
    const slot: Slot = { call: {} };
    this.#slots.push(slot);
    return slot;
  }
}

/** Whether a part belongs to a call. Another id begins another call; so does another name with whole arguments. */
function continues({ id: openId, function: open }: JsonObject, { id, function: called }: JsonObject): boolean {
  if (id && openId && id !== openId) return false;
  if (id || openId || !isJsonObject(called) || !called.name || !isJsonObject(open) || !open.arguments) return true;
  return !called.arguments || called.name === open.name;
}

/** A value with the next part of it. Texts grow, lists whose members have an index are joined by it. */
function joined(so: JsonObject, part: JsonObject): JsonObject {
  const members = new Map(Object.entries(so));
  for (const [name, value] of Object.entries(part)) members.set(name, next(name, members.get(name), value));
  return Object.fromEntries(members);
}

function next(name: string, before: JsonValue | undefined, value: JsonValue): JsonValue {
  if (before === undefined || before === null) return value;
  if (value === null) return before;
  if (typeof before === 'string' && typeof value === 'string')
    return NAMES.has(name) ? named(before, value) : before + value;
  if (Array.isArray(before) && Array.isArray(value)) return joinedList(before, value);
  // thoughts as a list of parts, and then the words as a text
  if (Array.isArray(before) && typeof value === 'string') return value === '' ? before : withText(before, value);
  if (typeof before === 'string' && Array.isArray(value))
    return before === '' ? value : joinedList([textPart(before)], value);
  return isJsonObject(before) && isJsonObject(value) ? joined(before, value) : value;
}

/** A name in parts is rare, the same name once more is not. */
function named(before: string, value: string): string {
  return value === '' || before === value ? before : before === '' ? value : before + value;
}

function textPart(text: string): JsonObject {
  return { type: 'text', text };
}

function withText(parts: JsonValue[], text: string): JsonValue[] {
  const last = parts.at(-1);
  if (isJsonObject(last) && last.type === 'text' && typeof last.text === 'string') last.text += text;
  else parts.push(textPart(text));
  return parts;
}

function joinedList(before: JsonValue[], added: JsonValue[]): JsonValue[] {
  for (const item of added) {
    const index = isJsonObject(item) ? item.index : undefined;
    const at =
      typeof index === 'number' ? before.findIndex((other) => isJsonObject(other) && other.index === index) : -1;
    const there = before[at];
    if (isJsonObject(item) && isJsonObject(there)) before[at] = joined(there, item);
    else before.push(item);
  }
  return before;
}
