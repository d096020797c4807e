import { AIMessage, SystemMessage, type BaseMessage } from '@langchain/core/messages';
import { exceeds, type Reservation } from '../domain/budget.js';
import type { AgentOutcome, AgentRequest } from './agent-request.js';
import type { AgentStateUpdate, AgentStateValues } from './agent-state.js';
import { createChatModel } from './chat-model.js';
import { usedBy, worstCase } from './worst-case.js';
import { classifyModelError } from './classify-model-error.js';
import { startDeadline } from './deadline.js';
import { failedLine, ledgerLine, uniqueReplyId, type CallTiming } from './model-ledger.js';
import type { Observer } from './observer.js';
import { readReply, shownText } from './read-reply.js';
import type { AgentTool } from './tools/agent-tool.js';

/**
 * The node `callModel`: asks the model once. It ends with an outcome when no call may be made, or when the reply calls
 * no tool.
 *
 * @returns a node that throws `ModelFailure` when the call failed, and the signal's reason when it was aborted
 */
export function callModelNode(request: AgentRequest, tools: readonly AgentTool[], observer: Observer) {
  const providerTools = tools.map(asProviderTool);
  const definitions = JSON.stringify(providerTools);
  const model = createChatModel(request.model, request.callTimeoutMs).bindTools(providerTools);
  const system = new SystemMessage(request.systemPrompt);

  return async (state: AgentStateValues): Promise<AgentStateUpdate> => {
    const conversation = [system, ...state.messages];
    const next = worstCase(conversation, definitions, state, request);
    const stop = mayNotCall(state, request, next);
    if (stop) return { outcome: stop };
    request.signal.throwIfAborted();
    observer.modelCallStarted(callsOfAttempt(state).length + 1, next);
    const { reply, timing } = await callOnce(conversation, state.attempt);
    const id = uniqueReplyId(reply.id, request.threadId, state.calls);
    const call = ledgerLine(request, state.attempt, reply, id, timing);
    await observer.modelCall(call);
    return { calls: [call], ...whatFollows(reply, id, state) };
  };

  async function callOnce(conversation: BaseMessage[], attempt: number): Promise<{ reply: AIMessage; timing: CallTiming }> {
    const startedAt = new Date();
    const clock = performance.now();
    const timing = (): CallTiming => ({ startedAt, latencyMs: performance.now() - clock });
    const deadline = startDeadline(request.signal, request.callTimeoutMs);
    try {
      const reply = await model.invoke(conversation, { signal: deadline.signal });
      return { reply, timing: timing() };
    } catch (error) {
      const aborted = request.signal.aborted;
      const failure = classifyModelError(error, {
        deadlineExpired: deadline.expired(),
        apiKey: request.model.apiKey,
        conversation: conversation.map((message) => message.text).join('\n'),
      });
      await observer.modelCall(failedLine(request, attempt, aborted ? 'aborted' : failure.code, timing()));
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

function whatFollows(reply: AIMessage, id: string, state: AgentStateValues): AgentStateUpdate {
  const { keep, ending, text } = readReply(reply);
  reply.id = id;
  const messages = keep ? [reply] : [];
  if (ending === null) return { messages };
  const reason = ending === 'ended_without_writing' && gaveUpOnArguments(state) ? 'bad_tool_arguments' : ending;
  const wroteInstead = writtenElsewhere(state);
  return { messages, outcome: { kind: 'no_artifact', reason, text: shownText(text), ...(wroteInstead.length > 0 && { wroteInstead }) } };
}

/** Whether the model's last words before this reply were tool calls that nobody could read. */
function gaveUpOnArguments(state: AgentStateValues): boolean {
  const last = state.messages.findLast((message) => AIMessage.isInstance(message));
  return (last?.invalid_tool_calls ?? []).length > 0 && state.messages.at(-1)?.type === 'tool';
}

/** JSON files that were written instead of the artifact: a wrong path is the commonest slip. */
function writtenElsewhere({ written, attempt }: AgentStateValues): string[] {
  const json = written.filter((file) => file.attempt === attempt && file.path.endsWith('.json'));
  return json.map(({ path }) => path).slice(0, 5);
}

function callsOfAttempt({ calls, attempt }: AgentStateValues) {
  return calls.filter((call) => call.attempt === attempt);
}

function asProviderTool({ name, description, parameters }: AgentTool) {
  return { type: 'function' as const, function: { name, description, parameters } };
}
