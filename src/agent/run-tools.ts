import { AIMessage, ToolMessage } from '@langchain/core/messages';
import type { InvalidToolCall, ToolCall as RequestedCall } from '@langchain/core/messages/tool';
import { cut } from '../domain/failures.js';
import { isJsonObject } from '../domain/text/json.js';
import type { ToolCall } from '../domain/record/model-call.js';
import type { AgentRequest } from './agent-request.js';
import type { AgentStateUpdate, AgentStateValues } from './agent-state.js';
import type { Answered, Conversation } from './conversation/conversation.js';
import { hasLeftOutMark } from './conversation/view/one-line.js';
import { sentOf } from './conversation/wire.js';
import { recordId } from './model/record-id.js';
import type { Room } from './room.js';
import { auditedArguments } from './tools/tool-audit.js';
import { shareRoom } from './tools/share-room.js';
import { refusalOf, ToolRefusal, type AgentTool } from './tools/agent-tool.js';
import { settleAnswers, type Settled } from './slips/settle-answers.js';
import type { AnswerSlip } from './slips/answer-slip.js';

/** Most calls of one reply that are run; the rest are answered with an error. */
const MAX_CALLS_PER_REPLY = 32;

/** What a tool tells beside its answer. */
interface Told {
  wrote: string[];
  /** Of the command that it ran. */
  exitCode: number | null;
}

/**
 * The node `runTools`: runs the calls of the last reply one after another, and answers each of them. A mistake of the
 * model (an unknown tool, bad arguments, a path outside) gets an answer. A disk that fails is an error.
 */
export function runToolsNode(
  request: AgentRequest,
  tools: readonly AgentTool[],
  room: Room,
  conversation: Conversation,
) {
  return async (state: AgentStateValues): Promise<AgentStateUpdate> => {
    const reply = state.messages.findLast((message) => AIMessage.isInstance(message));
    if (reply === undefined) return {};
    const answered: Answered[] = [];
    let settled: Settled;
    try {
      for (const [index, call] of (reply.tool_calls ?? []).entries()) {
        request.signal.throwIfAborted();
        const invalid = reply.invalid_tool_calls?.find((candidate) => candidate.id === call.id);
        const run = (told: Told) => runOne(call, index, invalid, givenText(reply, index), told);
        answered.push(await runAudited(recordId(`${reply.id}:${call.id}`), call, state.attempt, run));
      }
      settled = await settleAnswers(reply, await inRoom(answered, room.resultBytes(state)), state, request);
    } catch (error) {
      // the next try runs the step again; the audit has what this one did
      conversation.note({ toolCalls: answered.map(({ audit }) => audit) });
      throw error;
    }
    const { answered: kept, turn } = settled;
    await conversation.keepAnswers(kept);
    const written = kept.flatMap(({ wrote }) => wrote.map((path) => ({ attempt: state.attempt, path })));
    return { messages: kept.map(({ answer }) => answer), written, turns: [turn] };
  };

  async function inRoom(answered: readonly Answered[], bytes: number): Promise<Answered[]> {
    const texts = answered.map(({ answer }) => answer.text);
    const fitted = await shareRoom(texts, bytes, request.keepResult ?? null);
    return answered.map(({ answer: { id, tool_call_id, status, response_metadata }, ...rest }, n) => ({
      ...rest,
      answer: new ToolMessage({ id, tool_call_id, status, response_metadata, content: fitted[n] ?? '' }),
    }));
  }

  async function runOne(
    call: RequestedCall,
    index: number,
    invalid: InvalidToolCall | undefined,
    given: string | null,
    told: Told,
  ): Promise<string> {
    if (index >= MAX_CALLS_PER_REPLY)
      throw new ToolRefusal(`not run: only ${MAX_CALLS_PER_REPLY} calls of one reply are run`);
    const tool = tools.find((candidate) => candidate.name === call.name);
    if (!tool)
      throw new ToolRefusal(
        `there is no tool ${cut(call.name, 60)}; the tools: ${tools.map(({ name }) => name).join(', ')}`,
        'no_such_call',
      );
    if (invalid) throw new ToolRefusal(`${invalid.error}; call the tool again`, 'malformed');
    if (hasLeftOutMark(call.args))
      throw new ToolRefusal(
        'an argument is the mark of what was left out of the conversation, and not the text itself: read the file if you need it, and give the text',
      );
    return tool.run(call.args, {
      folder: request.folder,
      repository: request.repository,
      signal: request.signal,
      wrote: (path) => told.wrote.push(path),
      exited: (code) => (told.exitCode = code),
      given,
      isRepeated: !conversation.hasReply,
    });
  }

  type Run = (told: Told) => Promise<string>;

  async function runAudited(id: string, call: RequestedCall, attempt: number, run: Run): Promise<Answered> {
    const startedAt = new Date();
    const clock = performance.now();
    const told: Told = { wrote: [], exitCode: null };
    const audited = (outcome: ToolCall['outcome'], message: string | null): ToolCall => ({
      id,
      phaseKey: request.phaseKey,
      attempt,
      threadId: request.threadId,
      tool: cut(call.name, 100),
      args: auditedArguments(call.args),
      outcome,
      message: message === null ? null : cut(message, 500),
      exitCode: told.exitCode,
      durationMs: Math.round(performance.now() - clock),
      ts: startedAt.toISOString(),
    });
    const answered = (content: string, slip: AnswerSlip | null) =>
      new ToolMessage({
        id,
        tool_call_id: call.id ?? '',
        status: slip === null ? 'success' : 'error',
        content,
        response_metadata: slip === null ? {} : { slip },
      });
    try {
      const content = await run(told);
      return { audit: audited('ok', null), answer: answered(content, null), wrote: told.wrote };
    } catch (error) {
      const refusal = request.signal.aborted ? null : refusalOf(error);
      if (refusal !== null)
        return {
          audit: audited('refused', refusal),
          answer: answered(`Error: ${refusal}`, error instanceof ToolRefusal ? error.slip : 'refused'),
          wrote: told.wrote,
        };
      conversation.note({ toolCalls: [audited('error', String(error))] });
      throw error;
    }
  }
}

/** The arguments of a call in the provider's own text, mended where that was needed; null where it sent no text. */
function givenText(reply: AIMessage, index: number): string | null {
  const { tool_calls: calls } = sentOf(reply);
  const call = Array.isArray(calls) ? calls[index] : undefined;
  const text = isJsonObject(call) && isJsonObject(call.function) ? call.function.arguments : undefined;
  return typeof text === 'string' && text !== '' ? text : null;
}
