import { AIMessage, ToolMessage } from '@langchain/core/messages';
import { cut } from '../../domain/failures.js';
import type { AgentOutcome, AgentRequest, NoArtifactReason } from '../agent-request.js';
import type { AgentStateValues } from '../agent-state.js';
import { shownText } from '../read-reply.js';
import { slipOfAnswer } from './answer-slip.js';
import { endOfTurns, MOST_SAME_CALLS, slipsInARow } from './count-turns.js';
import type { Slip, Turn } from './turn.js';
import { writtenElsewhere } from './wrong-path.js';

/**
 * How an attempt ends by its slips; null when it goes on. When an artifact lies there that was found not valid, it is
 * what is wrong: it is judged.
 *
 * @param turns - all turns of the attempt
 * @param said - the text of the last reply
 */
export function outcomeOfTurns(
  turns: readonly Turn[],
  said: string,
  state: AgentStateValues,
  { artifact: { path }, model: { maxOutputTokens } }: AgentRequest,
): AgentOutcome | null {
  const end = endOfTurns(turns);
  switch (end) {
    case null:
      return null;
    case 'same_call':
      return { kind: 'same_call', times: MOST_SAME_CALLS + 1, ...lastRefusal(state) };
    case 'cut_artifacts':
      return { kind: 'artifact_cut', maxOutputTokens: maxOutputTokens ?? null };
    case 'invalid_artifacts':
    case 'slips': {
      if (hasInvalidArtifact(turns)) return { kind: 'artifact_written', path };
      const elsewhere = writtenElsewhere(state, path);
      return {
        kind: 'no_artifact',
        reason: reasonOf(turns.at(-1)?.slip ?? null),
        text: shownText(said),
        replies: slipsInARow(turns),
        ...(elsewhere.length > 0 && { wroteInstead: elsewhere }),
      };
    }
  }
}

/** Whether the attempt has written an artifact that was found not valid. */
export function hasInvalidArtifact(turns: readonly Turn[]): boolean {
  return turns.some(({ slip }) => slip === 'invalid_artifact');
}

function reasonOf(slip: Slip | null): NoArtifactReason {
  switch (slip) {
    case 'empty':
      return 'empty_reply';
    case 'cut':
      return 'output_truncated';
    case 'malformed':
    case 'no_such_call':
      return 'bad_tool_arguments';
    case 'wrong_path':
      return 'written_elsewhere';
    default:
      return 'ended_without_writing';
  }
}

/** The newest call that was refused. */
function lastRefusal({ messages }: AgentStateValues): { tool: string; refusal: string } {
  const answer = messages.findLast(
    (message) => ToolMessage.isInstance(message) && ![null, 'failed'].includes(slipOfAnswer(message)),
  );
  const reply = messages.findLast((message) => AIMessage.isInstance(message));
  const call = reply?.tool_calls?.find(({ id }) => ToolMessage.isInstance(answer) && id === answer.tool_call_id);
  return { tool: cut(call?.name ?? 'a tool', 60), refusal: shownText(answer?.text ?? '').replace(/^Error: /, '') };
}
