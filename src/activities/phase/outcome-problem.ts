import type { AgentOutcome } from '../../agent/agent-request.js';
import type { AttemptProblem } from '../../domain/attempt-problem.js';
import { cut, PhasegateError } from '../../domain/failures.js';
import { compareMoney, NO_MONEY } from '../../domain/money/amount.js';
import type { Reservation } from '../../domain/money/budget.js';
import { formatUsd } from '../../domain/money/show.js';

/**
 * What is wrong with the outcome of an attempt when the artifact was not written; null when it was.
 *
 * @param failed - the usage that counts for the phase's calls that got no whole reply
 */
export function problemOf(outcome: AgentOutcome, failed: Reservation): AttemptProblem | null {
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
      return notLeft({ ...outcome, reason: outcome.reason });
    case 'artifact_cut':
      return { reason: 'artifact_cut', message: cutText(outcome.maxOutputTokens), errors: [] };
    case 'same_call': {
      const { tool, times, refusal } = outcome;
      const message = `the agent made the same call of ${tool} ${times} times, and it was refused each time: ${cut(refusal, 300)}`;
      return { reason: 'same_call', message, errors: [] };
    }
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

function notLeft({
  reason,
  replies,
  wroteInstead = [],
  text,
}: Extract<AgentOutcome, { kind: 'no_artifact' }> & { reason: keyof typeof WHAT_HAPPENED }): AttemptProblem {
  const said = text.trim() === '' ? '' : ` (it said: ${JSON.stringify(cut(text, 300))})`;
  const elsewhere =
    wroteInstead.length > 0 ? `; it wrote ${wroteInstead.map((path) => cut(path, 100)).join(', ')} instead` : '';
  const message = `${replies} replies in a row were of no use; in the last one ${WHAT_HAPPENED[reason]}${said}${elsewhere}`;
  return { reason, message, errors: [] };
}

function cutText(maxOutputTokens: number | null): string {
  const limit = maxOutputTokens === null ? "the model's output limit" : `maxOutputTokens ${maxOutputTokens}`;
  return `the artifact was cut off twice: it does not fit into one reply (${limit})`;
}

const WHAT_HAPPENED = {
  ended_without_writing: 'the agent only talked',
  empty_reply: 'the agent said nothing',
  output_truncated: 'the reply was cut off at the output limit',
  bad_tool_arguments: 'the agent called a tool that there is not, or with arguments that could not be used',
  written_elsewhere: 'the agent wrote another file than the artifact',
} as const;
