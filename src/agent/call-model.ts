import type { AIMessage, BaseMessage } from '@langchain/core/messages';
import { exceeds, type Reservation } from '../domain/money/budget.js';
import type { ModelCall } from '../domain/record/model-call.js';
import type { JsonObject } from '../domain/text/json.js';
import type { AgentOutcome, AgentRequest, CallPlace } from './agent-request.js';
import type { AgentStateUpdate, AgentStateValues } from './agent-state.js';
import { secretsOf } from './model/ask-provider.js';
import { ChatModel } from './model/chat-model.js';
import { classifyModelError } from './model/classify-model-error.js';
import { startDeadline } from './model/deadline.js';
import { offeredTools, requestBody } from './model/dialect/request-body.js';
import { TaughtModel } from './model/dialect/taught-model.js';
import type { ModelFailure } from './model/model-failure.js';
import { begunLine, failedLine, ledgerLine, uniqueReplyId } from './model/model-ledger.js';
import { BadReply, ErrorReply } from './model/provider-errors.js';
import { refuseEndless, usedBy, worstCase } from './model/worst-case.js';
import type { Conversation } from './conversation/conversation.js';
import { readReply } from './read-reply.js';
import type { AgentTool } from './tools/agent-tool.js';

/**
 * The node `callModel`: asks the model once, and keeps its reply. It ends with an outcome when no call may be made. A
 * request that is refused for a reason that is clear is asked again in the way in which the provider wants it.
 *
 * @returns a node. It throws `ModelFailure` when the call failed, and the signal's reason when it was aborted.
 */
export function callModelNode(request: AgentRequest, tools: readonly AgentTool[], conversation: Conversation) {
  const names = tools.map(({ name }) => name);
  let pages = 0;
  const model = new TaughtModel(request.model, (lesson) => request.observe.learned?.(lesson));

  return async (state: AgentStateValues): Promise<AgentStateUpdate> => {
    refuseEndless(state.messages);
    for (;;) {
      const offered = offeredTools(tools, model.dialect);
      const next = worstCase(request, JSON.stringify(offered), state);
      const stop = mayNotCall(state, request, next);
      if (stop) return { outcome: stop };
      request.signal.throwIfAborted();
      const place = await request.takePlace?.(request.signal);
      const startedAt = new Date();
      const begun = begunLine(request, state.attempt, startedAt, next);
      request.observe.modelCallStarted?.(callsOfAttempt(state).length + 1, begun);
      const asked = { systemPrompt: request.systemPrompt, conversation: state.messages, tools: offered };
      const answer = await callOnce(requestBody(request.model, model.dialect, asked), state.messages, begun, place);
      if (answer === null) continue;
      const { reply, latencyMs } = answer;
      const id = uniqueReplyId(reply.id, request.threadId, state.calls);
      const call = ledgerLine(request, state.attempt, reply, id, { startedAt, latencyMs }, next);
      reply.id = id;
      await conversation.keepReply(reply, call);
      request.observe.modelCall(call);
      return { calls: [call], messages: readReply(reply).keep ? [reply] : [], lastReply: reply };
    }
  };

  /** @returns null when it is to be asked again */
  async function callOnce(
    body: JsonObject,
    said: readonly BaseMessage[],
    begun: ModelCall,
    place: CallPlace | undefined,
  ): Promise<{ reply: AIMessage; latencyMs: number } | null> {
    const clock = performance.now();
    const elapsed = (): number => performance.now() - clock;
    const deadline = startDeadline(request.signal, request.callTimeoutMs);
    try {
      const chat = new ChatModel(request.model, body, names);
      const reply = await chat.invoke([...said], { signal: deadline.signal });
      model.answered();
      return { reply, latencyMs: elapsed() };
    } catch (error) {
      const aborted = request.signal.aborted;
      const failure = await failureOf(error, deadline.expired(), said);
      const line = failedLine(begun, aborted ? 'aborted' : failure.code, elapsed(), !aborted && failure.isFree);
      conversation.note({ modelCalls: [line] });
      request.observe.modelCall(line);
      if (failure.code === 'provider_rate_limited') place?.limited(failure.retryAfterMs);
      if (aborted) throw request.signal.reason;
      if (error instanceof ErrorReply && model.learns(error, body)) return null;
      // a proxy may send a page once; a wrong address sends it again
      if (failure.code === 'base_url_wrong' && error instanceof BadReply && !error.saysError && ++pages === 1)
        return null;
      throw failure;
    } finally {
      deadline.clear();
      place?.leave();
    }
  }

  async function failureOf(
    error: unknown,
    deadlineExpired: boolean,
    said: readonly BaseMessage[],
  ): Promise<ModelFailure> {
    const conversation = [request.systemPrompt, ...said.map((message) => message.text)].join('\n');
    const { baseUrl } = request.model;
    const secrets = secretsOf(request.model);
    return classifyModelError(error, {
      deadlineExpired,
      secrets,
      conversation,
      baseUrl,
      hasAnswered: model.hasAnswered,
    });
  }
}

/** Why no call may be started now, or null. */
function mayNotCall(state: AgentStateValues, request: AgentRequest, next: Reservation): AgentOutcome | null {
  const calls = callsOfAttempt(state).length;
  if (calls >= request.maxModelCalls) return { kind: 'call_limit', calls };
  const used = usedBy(state.calls);
  const limit = exceeds(request.budget, used, next);
  return limit === null ? null : { kind: 'budget_exceeded', limit, used, next };
}

function callsOfAttempt({ calls, attempt }: AgentStateValues) {
  return calls.filter((call) => call.attempt === attempt);
}
