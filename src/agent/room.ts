import type { BaseMessage } from '@langchain/core/messages';
import type { ModelCall } from '../domain/record/model-call.js';
import type { ViewMark } from '../domain/record/view-mark.js';
import type { AgentRequest } from './agent-request.js';
import { callsOfAttempt, type AgentStateValues } from './agent-state.js';
import { Measure } from './conversation/view/measure.js';
import { isOf } from './conversation/wire.js';
import { cutMark, isNearlyFull, summaryPlan, type SummaryPlan } from './conversation/view/shorten.js';
import type { ModelAsker } from './model-asker.js';
import { learnedContext, rememberContext } from './model/dialect/known-models.js';
import type { ModelFailure } from './model/model-failure.js';
import { MAX_RESULT_BYTES } from './tools/share-room.js';

/** After a refusal that names no limit: the share of the refused request that is taken for the limit. */
const GUESS = 0.8;
/** A refusal of fewer tokens that names no limit is not about the context: the first request of a phase has as many. */
const LEAST_REFUSED = 2_000;
/** The most of a context that the answers to one reply's calls take. */
const RESULTS = 0.25;
/** Fewest bytes that they get all the same. */
const FEWEST_RESULT_BYTES = 8 * 1024;
const BYTES_PER_TOKEN = 3;

/** How much room the context of an attempt's model has. */
export class Room {
  constructor(
    private readonly request: AgentRequest,
    private readonly asker: ModelAsker,
  ) {}

  measure({ messages, marks, calls }: AgentStateValues): Measure {
    const { model } = this.request;
    // what this conversation was refused for is in its marks
    const tokens = model.contextTokens ?? learnedContext(model);
    return new Measure(
      { messages, marks, calls: calls.filter((call) => isOf(call, model)), fixedBytes: this.asker.fixedBytes },
      { backend: model.backend, model: model.name, tokens, output: model.maxOutputTokens ?? 0 },
    );
  }

  /**
   * What is to be summed up before the next call; null when there is room, or a summary may not be paid.
   *
   * @param must - whether the provider says that there is no room
   */
  toSumUp(state: AgentStateValues, must: boolean): SummaryPlan | null {
    const measure = this.measure(state);
    return must || isNearlyFull(state.messages, state.marks, measure) ? this.#payable(state, measure) : null;
  }

  /** Whether the next request can be made shorter. */
  canShorten(state: AgentStateValues): boolean {
    const measure = this.measure(state);
    return cutMark(state.messages, state.marks, measure) !== null || this.#payable(state, measure) !== null;
  }

  /** A summary is an ordinary call. One must be left for the work itself. */
  #payable(state: AgentStateValues, measure: Measure): SummaryPlan | null {
    if (callsOfAttempt(state).length + 1 >= this.request.maxModelCalls) return null;
    const plan = summaryPlan(state.messages, state.marks, measure, state.attempt);
    return plan !== null && this.asker.mayNotAsk(state, { said: plan.asked }) === null ? plan : null;
  }

  /** The call before, when nothing was cut since: the next request begins with the whole of its own. */
  lastCall({ messages, marks, calls }: AgentStateValues): ModelCall | undefined {
    const last = calls.at(-1);
    const asked = messages.findLastIndex(({ id }) => last !== undefined && id === last.id);
    return marks.some(({ mark, at }) => mark.kind !== 'limit' && at > asked) ? undefined : last;
  }

  /**
   * Learns from a refusal for length how much the context has, for this conversation and for others of the process.
   *
   * @param said - what was refused
   * @returns null where nothing can be learned from it
   */
  learn(state: AgentStateValues, said: readonly BaseMessage[], { contextTokens }: ModelFailure): ViewMark | null {
    const { model, observe } = this.request;
    const measure = this.measure(state);
    const isGuess = contextTokens === undefined;
    if (isGuess && measure.of(said) < LEAST_REFUSED) return null;
    const tokens = contextTokens ?? Math.floor(GUESS * measure.of(said)) + (model.maxOutputTokens ?? 0);
    rememberContext(model, tokens, isGuess);
    const told = `its context has ${isGuess ? `about ${tokens} tokens, by a refusal that names no number` : `${tokens} tokens`}: conversations are shortened before they reach that`;
    observe.learned?.({ id: 'context', told });
    const sent = Math.ceil(measure.estimated(said));
    return { kind: 'limit', backend: model.backend, model: model.name, tokens, sent };
  }

  /** Bytes that the answers to one reply's calls may have together. */
  resultBytes(state: AgentStateValues): number {
    const { room } = this.measure(state);
    if (room === null) return MAX_RESULT_BYTES;
    return Math.min(MAX_RESULT_BYTES, Math.max(FEWEST_RESULT_BYTES, Math.floor(RESULTS * room * BYTES_PER_TOKEN)));
  }
}
