import type { ArtifactError } from './artifact.js';
import type { IntakeReason } from './artifact-intake.js';
import { formatError } from './artifact-validation.js';
import type { EventType } from './record/events.js';
import type { FailureCode } from './failures.js';

/** Why an agent left no artifact that could be judged. No attempt follows: its slips had limits of their own. */
export type NotLeftReason =
  | 'ended_without_writing'
  | 'empty_reply'
  | 'output_truncated'
  | 'bad_tool_arguments'
  | 'written_elsewhere'
  | 'artifact_cut'
  | 'same_call';

/** Why an attempt ended without an artifact. `missing`: what the agent wrote is not there any more. */
export type NotWrittenReason = 'time_up' | 'missing';

/** Why an artifact that was written doesn't count. */
export type InvalidReason = IntakeReason | 'too_large' | 'not_a_file' | 'schema' | 'takes_too_long';

/** What was wrong with one attempt at the artifact (S12). */
export interface AttemptProblem {
  reason: NotLeftReason | NotWrittenReason | InvalidReason;
  /** One sentence for people and for the agent. */
  message: string;
  errors: ArtifactError[];
}

/** The code of the failure for what no attempt follows. */
const FINAL: Record<NotLeftReason, FailureCode> = {
  ended_without_writing: 'artifact_missing',
  empty_reply: 'artifact_missing',
  output_truncated: 'artifact_missing',
  bad_tool_arguments: 'artifact_missing',
  written_elsewhere: 'artifact_missing',
  artifact_cut: 'output_limit_reached',
  same_call: 'stalled',
};

/** The event that records the problem. */
export function eventOf({
  reason,
}: AttemptProblem): Extract<EventType, 'artifact_timeout' | 'artifact_missing' | 'artifact_invalid'> {
  if (reason === 'time_up') return 'artifact_timeout';
  return reason === 'missing' || reason in FINAL ? 'artifact_missing' : 'artifact_invalid';
}

/** The code with which a problem ends the phase, whatever attempts are left; null when another attempt may follow. */
export function finalCode({ reason }: AttemptProblem): FailureCode | null {
  return reason in FINAL ? FINAL[reason as NotLeftReason] : null;
}

/** The code of the run's failure when no attempt is left (S12). */
export function exhaustedCode({ reason }: AttemptProblem): FailureCode {
  if (reason === 'time_up') return 'artifact_timeout_exhausted';
  return reason === 'missing' ? 'artifact_missing' : 'artifact_invalid_after_repair';
}

/** A text that is equal for the same failure, whatever value was found. Three of the same in a row are a stall. */
export function fingerprint({ reason, errors }: AttemptProblem): string {
  return [reason, ...errors.map(({ pointer, expected }) => `${pointer} ${expected}`)].join('\n').slice(0, 2_000);
}

const ADVICE: Partial<Record<AttemptProblem['reason'], string>> = {
  time_up: 'Do less before you write: write the artifact as soon as you can fill it.',
  missing: 'Write it again, and leave it there.',
  duplicate_key: 'Each key may stand once in an object.',
  non_finite_number: 'JSON has no NaN and no Infinity, and no number beyond 1.7e308: use null, or leave the field out.',
  trailing_text: 'The file holds one JSON value and nothing after it.',
  not_utf8: 'Write the file as UTF-8 text.',
};

/**
 * The message that begins the next attempt in the same conversation. It says what was wrong, and what to do (S12).
 *
 * @param problem - the problem of the attempt before
 * @param path - where the artifact is expected
 * @param attempt - number of the attempt that begins
 * @param attempts - how many there are
 */
export function repairPrompt(problem: AttemptProblem, path: string, attempt: number, attempts: number): string {
  const [first, ...rest] = problemLines(problem);
  return [
    `Attempt ${attempt - 1} did not leave a valid artifact: ${first}`,
    ...rest,
    `This is attempt ${attempt} of ${attempts}. Leave the complete, corrected artifact at ${path}, with write_artifact or write_file.`,
  ].join('\n');
}

/** What is wrong with an artifact, in lines for the agent: what, where, and what to do. */
export function problemLines({ reason, message, errors }: AttemptProblem): string[] {
  const advice = ADVICE[reason];
  return [message, ...errors.map((error) => `- ${formatError(error)}`), ...(advice === undefined ? [] : [advice])];
}
