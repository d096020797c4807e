import { markRow, type ViewMark } from '../domain/record/view-mark.js';
import type { AgentRequest } from './agent-request.js';
import type { AgentStateUpdate, AgentStateValues } from './agent-state.js';
import type { Conversation } from './conversation/conversation.js';
import { cutMark } from './conversation/view/shorten.js';
import { viewOf, type PlacedMark } from './conversation/view/view.js';
import type { ModelAsker } from './model-asker.js';
import { ModelFailure } from './model/model-failure.js';
import { refuseEndless } from './model/worst-case.js';
import { readReply } from './read-reply.js';
import type { Room } from './room.js';

/** Refusals for length in a row, with a shorter request after each. */
const MOST_REFUSALS = 3;

/**
 * The node `callModel`: asks the model once, and keeps its reply. It ends with an outcome when no call may be made. When
 * the context is nearly full, old results are cut first, and it may go to the node `sumUp` before it asks.
 *
 * @returns a node. It throws `ModelFailure` when the call failed, and the signal's reason when it was aborted.
 */
export function callModelNode(request: AgentRequest, asker: ModelAsker, room: Room, conversation: Conversation) {
  let refusals = 0;
  let isSummedUp = false;

  return async (state: AgentStateValues): Promise<AgentStateUpdate> => {
    const cut = cutMark(state.messages, state.marks, room.measure(state));
    if (cut !== null) await conversation.keepMark(rowOf(state, cut));
    const marks = cut === null ? [] : [placed(state, cut)];
    const now = { ...state, marks: [...state.marks, ...marks] };
    // after a refusal: cut if that helps, and the next time summed up, once
    const must = !isSummedUp && refusals > (cut === null ? 0 : 1);
    const toSumUp = refusals === 0 || must ? room.toSumUp(now, must) : null;
    isSummedUp ||= must;
    if (toSumUp !== null) return { marks, toSumUp };
    try {
      return { marks, ...(await ask(now)) };
    } catch (error) {
      if (!(error instanceof ModelFailure) || error.code !== 'model_context_too_long') throw error;
      const limit = room.learn(now, viewOf(now.messages, now.marks), error);
      if (limit === null) throw error;
      conversation.noteMark(rowOf(now, limit));
      const refused = { ...now, marks: [...now.marks, placed(now, limit)] };
      if (++refusals >= MOST_REFUSALS || !room.canShorten(refused)) throw error;
      return { marks: refused.marks.slice(state.marks.length) };
    }
  };

  async function ask(state: AgentStateValues): Promise<AgentStateUpdate> {
    const said = viewOf(state.messages, state.marks);
    refuseEndless(said);
    const answer = await asker.ask(state, {
      said,
      last: room.lastCall(state),
      keep: (reply, call) => conversation.keepReply(reply, call),
    });
    if ('outcome' in answer) return { outcome: answer.outcome };
    refusals = 0;
    isSummedUp = false;
    const { reply, call } = answer;
    return {
      calls: [call],
      messages: readReply(reply, request.model.maxOutputTokens).keep ? [reply] : [],
      lastReply: reply,
    };
  }
}

/** A mark that is made after all messages that there are. */
export function placed({ messages, attempt }: AgentStateValues, mark: ViewMark): PlacedMark {
  return { mark, attempt, at: messages.length };
}

function rowOf({ marks }: AgentStateValues, mark: ViewMark) {
  return markRow(`${mark.kind}-${marks.length + 1}`, mark);
}
