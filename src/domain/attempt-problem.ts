import type { ArtifactError } from './artifact.js';
import type { IntakeReason } from './artifact-intake.js';
import { formatError } from './artifact-validation.js';
import type { EventType } from './record/events.js';
import type { FailureCode } from './failures.js';

/** Why an attempt left no artifact at all. */
export type NotWrittenReason =
  'time_up' | 'ended_without_writing' | 'written_elsewhere' | 'left_over' | 'output_truncated' | 'bad_tool_arguments';

/** Why an artifact that was written doesn't count. */
export type InvalidReason = IntakeReason | 'too_large' | 'not_a_file' | 'schema' | 'takes_too_long';

/** What was wrong with one attempt at the artifact (S12). */
export interface AttemptProblem {
  reason: NotWrittenReason | InvalidReason;
  /** One sentence for people and for the agent. */
  message: string;
  errors: ArtifactError[];
}

const NOT_WRITTEN: ReadonlySet<string> = new Set<NotWrittenReason>([
  'time_up',
  'ended_without_writing',
  'written_elsewhere',
  'left_over',
  'output_truncated',
  'bad_tool_arguments',
]);

/** The event that records the problem. */
export function eventOf(problem: AttemptProblem): Extract<EventType, 'artifact_timeout' | 'artifact_invalid'> {
  return NOT_WRITTEN.has(problem.reason) ? 'artifact_timeout' : 'artifact_invalid';
}

/** The code of the run's failure when no attempt is left (S12). */
export function exhaustedCode(problem: AttemptProblem): FailureCode {
  return NOT_WRITTEN.has(problem.reason) ? 'artifact_timeout_exhausted' : 'artifact_invalid_after_repair';
}

/** A text that is equal for the same failure, whatever value was found. Three of the same in a row are a stall. */
export function fingerprint({ reason, errors }: AttemptProblem): string {
  return [reason, ...errors.map(({ pointer, expected }) => `${pointer} ${expected}`)].join('\n').slice(0, 2_000);
}

const ADVICE: Partial<Record<AttemptProblem['reason'], string>> = {
  time_up: 'Do less before you write: write the artifact as soon as you can fill it.',
  ended_without_writing: 'Answering in words is not enough: call the tool.',
  written_elsewhere: 'Write it again, to exactly the path that is asked for.',
  left_over: 'The file that lies there is from an earlier attempt and does not count: write it anew.',
  output_truncated: 'Your reply was cut off at the output limit: write a shorter artifact, without long quotations.',
  bad_tool_arguments: 'The arguments of a tool call must be valid JSON.',
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
  return [
    `Attempt ${attempt - 1} did not leave a valid artifact: ${problem.message}`,
    ...problem.errors.map((error) => `- ${formatError(error)}`),
    ADVICE[problem.reason] ?? '',
    `This is attempt ${attempt} of ${attempts}. Leave the complete, corrected artifact at ${path}, with write_artifact or write_file.`,
  ]
    .filter((line) => line !== '')
    .join('\n');
}
