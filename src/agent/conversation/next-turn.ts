import { AIMessage, HumanMessage, ToolMessage, type BaseMessage } from '@langchain/core/messages';
import type { KeptConversation } from '../../domain/record/conversation.js';
import { markOf } from '../../domain/record/view-mark.js';
import type { AgentRequest } from '../agent-request.js';
import type { AgentStateValues } from '../agent-state.js';
import { readReply } from '../read-reply.js';
import { recordId } from '../model/record-id.js';
import { answersAfter, turnsOf, type Said } from '../slips/turns-of.js';
import { toolsFor } from '../tools/tools-for.js';
import type { PlacedMark } from './view/view.js';
import { fromKept } from './wire.js';

/** How an attempt begins: the graph's first state, and which part of it the engine says now. */
export interface NextTurn {
  state: AgentStateValues;
  said: (HumanMessage | ToolMessage)[];
}

/**
 * Reads how far a conversation has come, and what the engine says before it goes on (S21). An attempt that began before
 * goes on where it stopped. The conversation may have a later attempt than the request. Then the conversation is right:
 * its messages were kept before anybody else heard of that attempt.
 *
 * @param kept - the conversation; without messages it begins here
 * @param prompt - its first message, where it begins here
 */
export function nextTurn(kept: KeptConversation, request: AgentRequest, prompt: string): NextTurn {
  const calls = new Map(kept.modelCalls.map((call) => [call.id, call]));
  const tools = toolsFor(request.tools, request.artifact, request.commands ?? null, request.remote).map(
    ({ name }) => name,
  );
  const all = kept.messages
    .filter((row) => markOf(row) === null)
    .map((row): Said => ({ message: fromKept(row, calls.get(row.id), request.model, tools), attempt: row.attempt }));
  const isSent = sentAgain(all, request);
  const { messages, marks } = placeMarks(kept, all, isSent);
  const seen = kept.messages.reduce((highest, { attempt }) => Math.max(highest, attempt), 0);
  const isNew = seen < request.attempt || !knowsRepair(messages, request);
  const attempt = isNew ? Math.max(seen + 1, request.attempt) : seen;
  const said = isNew ? beginTurn(messages, request, attempt, prompt) : interruption(messages, request);
  const last = all.at(-1)?.message;
  const lastReply = said.length === 0 && AIMessage.isInstance(last) ? last : null;
  const state: AgentStateValues = {
    messages: [...messages, ...said],
    marks,
    toSumUp: null,
    attempt,
    outcome: null,
    calls: kept.modelCalls,
    written: kept.messages.flatMap(({ attempt, wrote }) => wrote.map((path) => ({ attempt, path }))),
    turns: turnsOf(lastReply === null ? all : all.slice(0, -1), isSent, request),
    lastReply,
  };
  return { state, said };
}

/** The messages that enter requests, and where the marks stand among them. */
function placeMarks(
  kept: KeptConversation,
  all: readonly Said[],
  isSent: (reply: AIMessage) => boolean,
): Pick<AgentStateValues, 'messages' | 'marks'> {
  const messages: BaseMessage[] = [];
  const marks: PlacedMark[] = [];
  let next = 0;
  for (const row of kept.messages) {
    const mark = markOf(row);
    const message = mark === null ? all[next++]?.message : undefined;
    if (mark !== null) marks.push({ mark, attempt: row.attempt, at: messages.length });
    else if (message && (!AIMessage.isInstance(message) || isSent(message))) messages.push(message);
  }
  return { messages, marks };
}

/**
 * Which replies are sent with the next request. One that called tools is sent with their answers. Whether it was cut may
 * only have been seen when it came, so a reply that something else follows is not read again.
 */
function sentAgain(all: readonly Said[], { model }: AgentRequest): (reply: AIMessage) => boolean {
  const answered = new Set(
    all.flatMap(({ message }, n) =>
      AIMessage.isInstance(message) && answersAfter(all, n).length > 0 ? [message.id] : [],
    ),
  );
  const last = all.at(-1)?.message;
  return (reply) => {
    const isOpen = (reply.tool_calls ?? []).length > 0 && reply !== last;
    return isOpen ? answered.has(reply.id) : readReply(reply, model.maxOutputTokens).keep;
  };
}

/** A turn begins with the prompt, unless the conversation has it, and with the mistakes of the earlier attempt. */
function beginTurn(messages: BaseMessage[], request: AgentRequest, attempt: number, prompt: string): NextTurn['said'] {
  const { repair, isFeedback } = request;
  const said: NextTurn['said'] =
    messages.length === 0 ? [new HumanMessage({ id: 'prompt', content: prompt })] : interruptedCalls(messages);
  if (repair !== null)
    said.push(new HumanMessage({ id: `${isFeedback ? 'feedback' : 'repair'}-${attempt}`, content: repair }));
  return [...said, ...untold(messages, request)];
}

/**
 * A person may fail the activity by hand. Such a failure has no attempt, so what the agent is told then comes without a
 * new number.
 */
function knowsRepair(messages: BaseMessage[], { repair }: AgentRequest): boolean {
  return repair === null || messages.some((message) => HumanMessage.isInstance(message) && message.text === repair);
}

/** A note that the conversation does not have yet interrupts what it was doing. */
function interruption(messages: BaseMessage[], request: AgentRequest): NextTurn['said'] {
  const note = untold(messages, request);
  return note.length === 0 ? [] : [...interruptedCalls(messages), ...note];
}

function untold(messages: BaseMessage[], { note }: AgentRequest): HumanMessage[] {
  if (!note || messages.length === 0 || messages.some(({ id }) => id === note.id)) return [];
  return [new HumanMessage({ id: note.id, content: note.text })];
}

/** Answers the calls that the end of an attempt left open: providers refuse a conversation with unanswered calls. */
function interruptedCalls(messages: BaseMessage[]): ToolMessage[] {
  const last = messages.at(-1);
  if (!AIMessage.isInstance(last)) return [];
  return (last.tool_calls ?? []).map(
    (call) =>
      new ToolMessage({
        id: recordId(`${last.id}:${call.id}`),
        tool_call_id: call.id ?? '',
        status: 'error',
        content: 'Error: interrupted; whether it took effect is not known, so look before you repeat it',
      }),
  );
}
