import { HumanMessage } from '@langchain/core/messages';
import { compareMoney, timesMoney } from '../../domain/money/amount.js';
import { excessOf, type Limits, type Reservation } from '../../domain/money/budget.js';
import { formatUsd } from '../../domain/money/show.js';
import type { AgentRequest } from '../agent-request.js';
import { callsOfAttempt, type AgentStateUpdate, type AgentStateValues } from '../agent-state.js';
import type { Conversation } from '../conversation/conversation.js';
import { usedBy } from '../model/worst-case.js';
import type { AgentTool } from '../tools/agent-tool.js';
import { ARTIFACT_WRITERS } from './turn.js';

/**
 * The node `sayWhatIsLeft`: at three quarters of its calls, its time and its budget the model is told what is left, and
 * before its last call that it is the last one. Each is said once in an attempt.
 */
export function sayWhatIsLeftNode(request: AgentRequest, conversation: Conversation) {
  return (state: AgentStateValues): AgentStateUpdate => {
    const said = new Set(state.messages.map(({ id }) => id));
    const notes = notesFor(state, request)
      .map(({ id, text }) => new HumanMessage({ id: `${id}-${state.attempt}`, content: text }))
      .filter(({ id }) => !said.has(id));
    conversation.say(notes);
    return { messages: notes };
  };
}

/** Whether the next call is the last one of the attempt. */
export function isLastCall(state: AgentStateValues, { maxModelCalls }: AgentRequest): boolean {
  return callsOfAttempt(state).length === maxModelCalls - 1;
}

/** The tools that can write the artifact. */
export function writersAmong(tools: readonly AgentTool[]): AgentTool[] {
  return tools.filter(({ name }) => ARTIFACT_WRITERS.has(name));
}

function notesFor(state: AgentStateValues, request: AgentRequest): { id: string; text: string }[] {
  const { path } = request.artifact;
  const left = [callsLeft(state, request), timeLeft(request), budgetLeft(usedBy(state.calls), request.budget)];
  const notes = left.flatMap((note) =>
    note === null ? [] : [{ ...note, text: `${note.text} are left. Leave ${path} before they are used up.` }],
  );
  if (!isLastCall(state, request)) return notes;
  const text = `This is the last model call of this attempt, and only tools that write are offered: leave ${path} now.`;
  return [...notes, { id: 'last-call', text }];
}

function callsLeft(state: AgentStateValues, { maxModelCalls }: AgentRequest): { id: string; text: string } | null {
  const left = maxModelCalls - callsOfAttempt(state).length;
  // the last one has words of its own
  if (left <= 1 || left * 4 > maxModelCalls) return null;
  return { id: 'calls-left', text: `${left} of the ${maxModelCalls} model calls of this attempt` };
}

function timeLeft({ time }: AgentRequest): { id: string; text: string } | null {
  const { limitMs = 0, leftMs = 1 } = time?.() ?? {};
  if (leftMs * 4 > limitMs) return null;
  const seconds = (ms: number): number => Math.max(0, Math.round(ms / 1_000));
  return { id: 'time-left', text: `${seconds(leftMs)} of the ${seconds(limitMs)} seconds of this attempt` };
}

function budgetLeft(used: Reservation, { microUsd, tokens }: Limits): { id: string; text: string } | null {
  const isNearMoney = microUsd !== null && compareMoney(timesMoney(used.microUsd, 4), timesMoney(microUsd, 3)) >= 0;
  const isNearTokens = tokens !== null && used.tokens * 4 >= tokens * 3;
  if (used.tokens === 0 || (!isNearMoney && !isNearTokens)) return null;
  const left = excessOf({ microUsd: microUsd ?? used.microUsd, tokens: tokens ?? used.tokens }, used);
  const amounts = [
    ...(isNearMoney ? [`${formatUsd(left.microUsd)} of ${formatUsd(microUsd)}`] : []),
    ...(isNearTokens ? [`${left.tokens} of ${tokens} tokens`] : []),
  ];
  return { id: 'budget-left', text: `${amounts.join(' and ')} of the budget` };
}
