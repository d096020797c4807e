import { type AIMessage, SystemMessage, type BaseMessage } from '@langchain/core/messages';
import { exceeds, type Reservation } from '../domain/money/budget.js';
import type { ModelCall } from '../domain/record/model-call.js';
import type { AgentOutcome, AgentRequest } from './agent-request.js';
import type { AgentStateUpdate, AgentStateValues } from './agent-state.js';
import { createChatModel } from './model/chat-model.js';
import { refuseEndless, usedBy, worstCase } from './model/worst-case.js';
import { classifyModelError } from './model/classify-model-error.js';
import { startDeadline } from './model/deadline.js';
import { begunLine, failedLine, ledgerLine, uniqueReplyId } from './model/model-ledger.js';
import type { Conversation } from './conversation/conversation.js';
import { readReply } from './read-reply.js';
import type { AgentTool } from './tools/agent-tool.js';

/**
 * The node `callModel`: asks the model once, and keeps its reply. It ends with an outcome when no call may be made.
 *
 * @returns a node. It throws `ModelFailure` when the call failed, and the signal's reason when it was aborted.
 */
export function callModelNode(request: AgentRequest, tools: readonly AgentTool[], conversation: Conversation) {
  const providerTools = tools.map(asProviderTool);
  const definitions = JSON.stringify(providerTools);
  const model = createChatModel(request.model, request.callTimeoutMs).bindTools(providerTools);
  const system = new SystemMessage(request.systemPrompt);

  return async (state: AgentStateValues): Promise<AgentStateUpdate> => {
    const prompt = [system, ...state.messages];
    refuseEndless(prompt);
    const next = worstCase(prompt, definitions, state, request);
    const stop = mayNotCall(state, request, next);
    if (stop) return { outcome: stop };
    request.signal.throwIfAborted();
    const startedAt = new Date();
    const begun = begunLine(request, state.attempt, startedAt, next);
    request.observe.modelCallStarted?.(callsOfAttempt(state).length + 1, begun);
    const { reply, latencyMs } = await callOnce(prompt, begun);
    const id = uniqueReplyId(reply.id, request.threadId, state.calls);
    const call = ledgerLine(request, state.attempt, reply, id, { startedAt, latencyMs }, next);
    reply.id = id;
    await conversation.keepReply(reply, call);
    request.observe.modelCall(call);
    return { calls: [call], messages: readReply(reply).keep ? [reply] : [], lastReply: reply };
  };

  async function callOnce(prompt: BaseMessage[], begun: ModelCall): Promise<{ reply: AIMessage; latencyMs: number }> {
    const clock = performance.now();
    const elapsed = (): number => performance.now() - clock;
    const deadline = startDeadline(request.signal, request.callTimeoutMs);
    try {
      const reply = await model.invoke(prompt, { signal: deadline.signal });
      return { reply, latencyMs: elapsed() };
    } catch (error) {
      const aborted = request.signal.aborted;
      const failure = await classifyModelError(error, {
        deadlineExpired: deadline.expired(),
        apiKey: request.model.apiKey,
        conversation: prompt.map((message) => message.text).join('\n'),
      });
      const line = failedLine(begun, aborted ? 'aborted' : failure.code, elapsed(), !aborted && failure.isFree);
      conversation.note({ modelCalls: [line] });
      request.observe.modelCall(line);
      if (aborted) throw request.signal.reason;
      throw failure;
    } finally {
      deadline.clear();
    }
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

function asProviderTool({ name, description, parameters }: AgentTool) {
  return { type: 'function' as const, function: { name, description, parameters } };
}
