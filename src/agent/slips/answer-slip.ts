import type { ToolMessage } from '@langchain/core/messages';

const ANSWER_SLIPS = ['refused', 'failed', 'no_such_call', 'malformed', 'wrong_path', 'invalid_artifact'] as const;

/**
 * What was wrong with a tool call.
 *
 * - `refused`: it can't be done, such as a file that is not there
 * - `failed`: something else failed than the call, such as a server: the same call may work later
 * - `no_such_call`: there is no such tool, or its arguments do not fit
 * - `malformed`: its arguments could not be read
 * - `wrong_path`: it wrote a file where only the phase's artifact belongs
 * - `invalid_artifact`: it wrote the artifact, and the artifact is not valid
 */
export type AnswerSlip = (typeof ANSWER_SLIPS)[number];

/** What was wrong with the call that a message answers. It is kept with the message, and not sent to the model. */
export function slipOfAnswer({ response_metadata }: ToolMessage): AnswerSlip | null {
  return readAnswerSlip(response_metadata.slip);
}

/** A slip as a row has it; null for anything else. */
export function readAnswerSlip(value: unknown): AnswerSlip | null {
  return ANSWER_SLIPS.find((slip) => slip === value) ?? null;
}
