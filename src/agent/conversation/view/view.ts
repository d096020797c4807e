import { AIMessage, HumanMessage, ToolMessage, type BaseMessage } from '@langchain/core/messages';
import type { ToolCall } from '@langchain/core/messages/tool';
import type { ViewMark } from '../../../domain/record/view-mark.js';
import { replyWithShortArguments, resultInOneLine } from './one-line.js';
import { summaryMessage } from './summary-text.js';

/** A mark and where it stands. */
export interface PlacedMark {
  mark: ViewMark;
  /** Attempt in which it was made. */
  attempt: number;
  /** How many messages were there before it. */
  at: number;
}

/** Where a conversation is cut, as indexes of its messages. */
export interface Places {
  /** The summary that stands for what is before `from`. */
  summary: Extract<ViewMark, { kind: 'summary' }> | null;
  from: number;
  /** Before it, results and long arguments are one line each. */
  cutBefore: number;
}

/**
 * A conversation as the model sees it. It depends on nothing but messages and marks, so the same is sent again after a
 * crash, and between two marks a request begins with the whole of the request before. A call and its answers are never
 * parted, whatever the marks say.
 *
 * @param messages - all that enter requests
 */
export function viewOf(messages: readonly BaseMessage[], marks: readonly PlacedMark[]): BaseMessage[] {
  return marks.length === 0 ? [...messages] : viewAt(messages, placesOf(messages, marks));
}

/** A conversation that is cut at these places. */
export function viewAt(messages: readonly BaseMessage[], { summary, from, cutBefore }: Places): BaseMessage[] {
  const instruction = lastInstruction(messages, from);
  const seen: BaseMessage[] = [];
  let calls: readonly ToolCall[] = [];
  for (const [n, message] of messages.entries()) {
    if (n === from && summary !== null) seen.push(summaryMessage(summary));
    if (AIMessage.isInstance(message)) calls = message.tool_calls ?? [];
    if (n >= from) seen.push(n < cutBefore ? shortened(message, calls) : message);
    else if (n === instruction || staysVerbatim(message, n)) seen.push(message);
  }
  if (from === messages.length && summary !== null) seen.push(summaryMessage(summary));
  return seen;
}

/** A message of which results and long arguments are one line each. */
function shortened(message: BaseMessage, calls: readonly ToolCall[]): BaseMessage {
  if (AIMessage.isInstance(message)) return replyWithShortArguments(message);
  if (!ToolMessage.isInstance(message)) return message;
  return resultInOneLine(
    message,
    calls.find(({ id }) => id === message.tool_call_id),
  );
}

/** Whether a message is never summed up: the first, and what people said. */
function staysVerbatim(message: BaseMessage, index: number): boolean {
  return HumanMessage.isInstance(message) && (index === 0 || message.id?.startsWith('feedback-') === true);
}

/** Where a conversation is cut by its marks. Of each kind, the mark that reaches furthest counts. */
export function placesOf(messages: readonly BaseMessage[], marks: readonly PlacedMark[]): Places {
  const indexes = new Map(messages.map(({ id }, n) => [id, n]));
  const places: Places = { summary: null, from: 0, cutBefore: 0 };
  for (const { mark } of marks) {
    if (mark.kind === 'cut') places.cutBefore = Math.max(places.cutBefore, indexes.get(mark.before) ?? 0);
    if (mark.kind !== 'summary' || mark.failed !== null) continue;
    const from = turnFrom(messages, (indexes.get(mark.upTo) ?? -1) + 1);
    if (from >= places.from && from > 0) Object.assign(places, { summary: mark, from });
  }
  return places;
}

/** The first index from `n` on at which no call is parted from its answers. */
export function turnFrom(messages: readonly BaseMessage[], n: number): number {
  let from = n;
  while (ToolMessage.isInstance(messages[from])) from++;
  return from;
}

/** What phasegate last told the agent to do before `from`: it may still hold. */
function lastInstruction(messages: readonly BaseMessage[], from: number): number {
  return messages.slice(0, from).findLastIndex(({ id }) => /^(repair|feedback)-/.test(id ?? ''));
}
