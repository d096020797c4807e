import type { AIMessage } from '@langchain/core/messages';
import { cut } from '../domain/failures.js';
import { markRow, type ViewMark } from '../domain/record/view-mark.js';
import type { AgentStateUpdate, AgentStateValues } from './agent-state.js';
import { placed } from './call-model.js';
import type { Conversation } from './conversation/conversation.js';
import { summaryFault, type SummaryPlan } from './conversation/view/shorten.js';
import { MAX_SUMMARY } from './conversation/view/summary-text.js';
import type { ModelAsker } from './model-asker.js';
import { ModelFailure } from './model/model-failure.js';
import { readReply } from './read-reply.js';
import type { Room } from './room.js';

type Summary = Extract<ViewMark, { kind: 'summary' }>;

/**
 * The node `sumUp`: has the model write a record of the oldest part of the conversation, which later requests have in
 * place of it. It is an ordinary call of the ledger. A summary that fails is kept as such, and changes nothing.
 *
 * @returns a node. It throws `ModelFailure` when the provider can't be used now, and the signal's reason when it was
 *   aborted.
 */
export function sumUpNode(asker: ModelAsker, room: Room, conversation: Conversation) {
  return async (state: AgentStateValues): Promise<AgentStateUpdate> => {
    const { toSumUp: plan } = state;
    if (plan === null) return {};
    let mark: Summary | null = null;
    try {
      const answer = await asker.ask(state, {
        said: plan.asked,
        keep: async (reply, call) => {
          mark = judged(state, plan, reply);
          await conversation.keepMark(markRow(call.id, mark), call);
        },
      });
      // what may not be asked was not planned: only a lesson of the provider can have made it larger
      if ('outcome' in answer) return { toSumUp: null, outcome: answer.outcome };
      return { toSumUp: null, calls: [answer.call], marks: mark === null ? [] : [placed(state, mark)] };
    } catch (error) {
      if (!(error instanceof ModelFailure) || isProvidersTrouble(error)) throw error;
      const failed: Summary = { kind: 'summary', upTo: plan.upTo, text: '', failed: error.message };
      conversation.noteMark(markRow(`summary-${state.marks.length + 1}`, failed));
      return { toSumUp: null, marks: [placed(state, failed)] };
    }
  };

  function judged(state: AgentStateValues, { upTo }: SummaryPlan, reply: AIMessage): Summary {
    const { ending, text } = readReply(reply);
    const summary: Summary = { kind: 'summary', upTo, text: cut(text.trim(), MAX_SUMMARY), failed: null };
    const failed =
      ending !== null && ending !== 'words' && ending !== 'empty'
        ? `the reply is no summary: ${ending}`
        : summary.text === ''
          ? 'the reply has no text'
          : summaryFault(state.messages, state.marks, room.measure(state), summary);
    return { ...summary, failed };
  }
}

/** Whether the next call would fail alike. Then it waits for the provider as for every other call. */
function isProvidersTrouble({ code, retryable }: ModelFailure): boolean {
  return retryable && code !== 'provider_timeout' && code !== 'provider_bad_reply';
}
