import { ToolMessage } from '@langchain/core/messages';
import type { Answered } from '../conversation/conversation.js';
import type { AnswerSlip } from './answer-slip.js';

/**
 * An answer with more text, or with a slip.
 *
 * @param change - `add`: a line after the text; `slip`: null leaves it as it is; `isRefused`: the call is one that failed
 */
export function changedAnswer(
  { answer, audit, wrote }: Answered,
  { add, slip = null, isRefused = false }: { add: string; slip?: AnswerSlip | null; isRefused?: boolean },
): Answered {
  const { id, tool_call_id, text } = answer;
  const status = isRefused ? 'error' : answer.status;
  const response_metadata = slip === null ? answer.response_metadata : { slip };
  const content = `${text}\n${add}`;
  return {
    answer: new ToolMessage({ id, tool_call_id, status, content, response_metadata }),
    audit: isRefused ? { ...audit, outcome: 'refused' } : audit,
    wrote,
  };
}
