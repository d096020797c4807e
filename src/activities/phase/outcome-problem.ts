import type { AgentOutcome } from '../../agent/agent-request.js';
import type { AttemptProblem, NotWrittenReason } from '../../domain/attempt-problem.js';
import { cut, PhasegateError } from '../../domain/failures.js';
import { compareMoney, NO_MONEY } from '../../domain/money/amount.js';
import type { Reservation } from '../../domain/money/budget.js';
import { formatUsd } from '../../domain/money/show.js';

/**
 * What is wrong with the outcome of an attempt when the artifact was not written; null when it was.
 *
 * @param failed - the usage that counts for the phase's calls that got no whole reply
 */
export function problemOf(outcome: AgentOutcome, leftOver: boolean, failed: Reservation): AttemptProblem | null {
  switch (outcome.kind) {
    case 'artifact_written':
      return null;
    case 'budget_exceeded':
      throw new PhasegateError('budget_exceeded', budgetText(outcome, failed));
    case 'call_limit':
      throw new PhasegateError(
        'model_call_limit',
        `the agent used all ${outcome.calls} model calls of the phase and left no artifact`,
      );
    case 'no_artifact':
      if (outcome.reason === 'refused' || outcome.reason === 'content_filtered') {
        throw new PhasegateError(
          'model_content_refused',
          `the model refused: ${cut(outcome.text, 300) || outcome.reason}`,
        );
      }
      return notWritten(outcome.reason, outcome.wroteInstead ?? [], leftOver, outcome.text);
  }
}

function budgetText(
  { limit, used, next }: Extract<AgentOutcome, { kind: 'budget_exceeded' }>,
  failed: Reservation,
): string {
  const text = (amount: Reservation) => (limit === 'tokens' ? `${amount.tokens} tokens` : formatUsd(amount.microUsd));
  const hasFailed = compareMoney(failed.microUsd, NO_MONEY) > 0 || failed.tokens > 0;
  const lost = hasFailed ? `, calls without a whole reply count ${text(failed)}` : '';
  const spent = `the phase has used ${text(used)}${lost}`;
  return `no further model call was started: ${spent}, and the next call might use ${text(next)}, more than the budget has left`;
}

function notWritten(
  ended: 'ended_without_writing' | 'output_truncated' | 'bad_tool_arguments',
  wroteInstead: readonly string[],
  leftOver: boolean,
  text: string,
): AttemptProblem {
  const reason =
    ended !== 'ended_without_writing'
      ? ended
      : wroteInstead.length > 0
        ? 'written_elsewhere'
        : leftOver
          ? 'left_over'
          : ended;
  const said = text.trim() === '' ? '' : ` (it said: ${JSON.stringify(cut(text, 300))})`;
  return { reason, message: `${WHAT_HAPPENED[reason](wroteInstead)}${said}`, errors: [] };
}

const WHAT_HAPPENED: Record<Exclude<NotWrittenReason, 'time_up'>, (wroteInstead: readonly string[]) => string> = {
  ended_without_writing: () => 'the agent ended without writing the artifact',
  written_elsewhere: (paths) => `the agent wrote ${paths.join(', ')} and not the artifact`,
  left_over: () => 'the agent ended without writing the artifact; the file at its path is from an earlier attempt',
  output_truncated: () => 'the reply was cut off at the output limit',
  bad_tool_arguments: () => 'the arguments of the tool call were not valid JSON',
};
