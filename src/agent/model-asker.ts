import type { AIMessage, BaseMessage } from '@langchain/core/messages';
import { exceeds, type Reservation } from '../domain/money/budget.js';
import type { ModelCall } from '../domain/record/model-call.js';
import type { JsonObject } from '../domain/text/json.js';
import type { AgentOutcome, AgentRequest, CallPlace } from './agent-request.js';
import { callsOfAttempt, turnsOfAttempt, type AgentStateValues } from './agent-state.js';
import type { Conversation } from './conversation/conversation.js';
import { secretsOf } from './model/ask-provider.js';
import { ChatModel } from './model/chat-model.js';
import { classifyModelError } from './model/classify-model-error.js';
import { startDeadline } from './model/deadline.js';
import { offeredTools, requestBody, type Asked } from './model/dialect/request-body.js';
import { TaughtModel } from './model/dialect/taught-model.js';
import type { ModelFailure } from './model/model-failure.js';
import { begunLine, failedLine, ledgerLine, uniqueReplyId } from './model/model-ledger.js';
import { BadReply, ErrorReply } from './model/provider-errors.js';
import { usedBy, worstCase } from './model/worst-case.js';
import { hasInvalidArtifact } from './slips/slip-outcome.js';
import { isLastCall, writersAmong } from './slips/what-is-left.js';
import { systemPromptFor } from './system-prompt.js';
import type { AgentTool } from './tools/agent-tool.js';

/** What is sent, and what is known of it. */
export interface Question {
  said: readonly BaseMessage[];
  /** The call before, when its request began as this one does. */
  last?: ModelCall;
  /** Keeps the paid reply with its line of the ledger, before anything acts on it. */
  keep: (reply: AIMessage, call: ModelCall) => Promise<void>;
}

/** A paid reply that is kept, or why no call may be made. */
export type Answer = { reply: AIMessage; call: ModelCall } | { outcome: AgentOutcome };

/** Asks the model of one attempt, with its tools, within its budget. */
export class ModelAsker {
  /** What this process knows of the model. */
  readonly model: TaughtModel;
  readonly #names: string[];
  #pages = 0;

  constructor(
    private readonly request: AgentRequest,
    private readonly tools: readonly AgentTool[],
    private readonly conversation: Conversation,
  ) {
    this.model = new TaughtModel(request.model, (lesson) => request.observe.learned?.(lesson));
    this.#names = tools.map(({ name }) => name);
  }

  /** Bytes of a request beside the messages: the system prompt, and the tools as they are sent. */
  get fixedBytes(): number {
    const { systemPrompt, tools } = this.#asked([]);
    return Buffer.byteLength(systemPrompt) + Buffer.byteLength(JSON.stringify(tools));
  }

  /** Why no call with these messages may be started now, or null. */
  mayNotAsk(state: AgentStateValues, { said, last }: Pick<Question, 'said' | 'last'>): AgentOutcome | null {
    return this.#mayNotCall(state, worstCase(this.request.model, this.#asked(said), last));
  }

  /**
   * Asks once, and keeps the reply. A request that is refused for a reason that is clear is asked again in the way in
   * which the provider wants it.
   *
   * @throws ModelFailure when the call failed; the signal's reason when it was aborted
   */
  async ask(state: AgentStateValues, { said, last, keep }: Question): Promise<Answer> {
    const { request, model } = this;
    for (;;) {
      const isLast = isLastCall(state, request);
      const asked = this.#asked(said, isLast ? writersAmong(this.tools) : this.tools);
      const next = worstCase(request.model, asked, last);
      const stop = this.#mayNotCall(state, next);
      if (stop) return { outcome: stop };
      request.signal.throwIfAborted();
      const place = await request.takePlace?.(request.signal);
      const startedAt = new Date();
      const begun = begunLine(request, state.attempt, startedAt, next);
      request.observe.modelCallStarted?.(callsOfAttempt(state).length + 1, begun);
      const answer = await this.#callOnce(requestBody(request.model, model.dialect, asked), said, begun, place);
      if (answer === null) continue;
      const { reply, latencyMs } = answer;
      const id = uniqueReplyId(reply.id, request.threadId, state.calls);
      const call = ledgerLine(request, state.attempt, reply, id, { startedAt, latencyMs }, next);
      reply.id = id;
      await keep(reply, call);
      request.observe.modelCall(call);
      return { reply, call };
    }
  }

  /** A request as the model's dialect is known now. */
  #asked(said: readonly BaseMessage[], offered: readonly AgentTool[] = this.tools): Asked {
    const tools = offeredTools(offered, this.model.dialect);
    return { systemPrompt: systemPromptFor(this.request, tools), conversation: said, tools };
  }

  #mayNotCall(state: AgentStateValues, next: Reservation): AgentOutcome | null {
    const calls = callsOfAttempt(state).length;
    const { maxModelCalls, artifact } = this.request;
    if (calls >= maxModelCalls)
      // an artifact that was found not valid is what is wrong: it is judged
      return hasInvalidArtifact(turnsOfAttempt(state))
        ? { kind: 'artifact_written', path: artifact.path }
        : { kind: 'call_limit', calls };
    const used = usedBy(state.calls);
    const limit = exceeds(this.request.budget, used, next);
    return limit === null ? null : { kind: 'budget_exceeded', limit, used, next };
  }

  /** @returns null when it is to be asked again */
  async #callOnce(
    body: JsonObject,
    said: readonly BaseMessage[],
    begun: ModelCall,
    place: CallPlace | undefined,
  ): Promise<{ reply: AIMessage; latencyMs: number } | null> {
    const { request, model } = this;
    const clock = performance.now();
    const elapsed = (): number => performance.now() - clock;
    const deadline = startDeadline(request.signal, request.callTimeoutMs);
    try {
      const chat = new ChatModel(request.model, body, this.#names);
      const reply = await chat.invoke([...said], { signal: deadline.signal });
      model.answered(reply.usage_metadata?.total_tokens ?? 0);
      return { reply, latencyMs: elapsed() };
    } catch (error) {
      const aborted = request.signal.aborted;
      const failure = await this.#failureOf(error, deadline.expired(), said);
      const line = failedLine(begun, aborted ? 'aborted' : failure.code, elapsed(), !aborted && failure.isFree);
      this.conversation.note({ modelCalls: [line] });
      request.observe.modelCall(line);
      if (failure.code === 'provider_rate_limited') place?.limited(failure.retryAfterMs);
      if (aborted) throw request.signal.reason;
      if (error instanceof ErrorReply && model.learns(error, body)) return null;
      // a proxy may send a page once; a wrong address sends it again
      const isPage = failure.code === 'base_url_wrong' && error instanceof BadReply && !error.saysError;
      if (isPage && ++this.#pages === 1) return null;
      throw failure;
    } finally {
      deadline.clear();
      place?.leave();
    }
  }

  async #failureOf(error: unknown, deadlineExpired: boolean, said: readonly BaseMessage[]): Promise<ModelFailure> {
    const { systemPrompt, model } = this.request;
    return classifyModelError(error, {
      deadlineExpired,
      secrets: secretsOf(model),
      conversation: [systemPrompt, ...said.map((message) => message.text)].join('\n'),
      baseUrl: model.baseUrl,
      maxOutputTokens: model.maxOutputTokens,
      hasAnswered: this.model.hasAnswered,
    });
  }
}
