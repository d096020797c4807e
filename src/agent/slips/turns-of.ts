import { AIMessage, ToolMessage, type BaseMessage } from '@langchain/core/messages';
import type { AgentRequest } from '../agent-request.js';
import { isSlip, readReply } from '../read-reply.js';
import { turnOfCalls, turnOfReply, type Turn } from './turn.js';

/** A message of the conversation and the attempt in which it was said. */
export interface Said {
  message: BaseMessage;
  attempt: number;
}

/**
 * The turns of a conversation that was kept: the same as those that its attempts counted while they worked.
 *
 * @param said - all messages, also replies that are not sent again
 * @param isSent - whether a reply is sent again
 */
export function turnsOf(
  said: readonly Said[],
  isSent: (reply: AIMessage) => boolean,
  { artifact, model: { maxOutputTokens } }: AgentRequest,
): Turn[] {
  return said.flatMap(({ message: reply, attempt }, n): Turn[] => {
    if (!AIMessage.isInstance(reply)) return [];
    const answers = answersAfter(said, n);
    if (answers.length > 0) return [turnOfCalls(reply, attempt, answers)];
    const { ending } = readReply(reply, maxOutputTokens);
    // its calls are not run yet, or it was cut in a way that only its attempt could see
    if (ending === null) return isSent(reply) ? [] : [turnOfReply(reply, attempt, 'cut', artifact.path)];
    return isSlip(ending) ? [turnOfReply(reply, attempt, ending, artifact.path)] : [];
  });
}

/** The answers that follow a reply. */
export function answersAfter(said: readonly Said[], index: number): ToolMessage[] {
  const answers: ToolMessage[] = [];
  for (let n = index + 1; n < said.length; n++) {
    const message = said[n]?.message;
    if (!ToolMessage.isInstance(message)) break;
    answers.push(message);
  }
  return answers;
}
