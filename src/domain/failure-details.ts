import { cut, failureKind, type FailureKind } from './failures.js';
import type { Usage } from './money/usage.js';

/** Details of an `ApplicationFailure` of ours. They are small and have no secrets in them (S28). */
export interface FailureDetails {
  code: string;
  kind: FailureKind;
  phase: string | null;
  attempts: number;
  /** Formatted errors, at most 20 of 300 characters. */
  errors: string[];
  usage: Usage | null;
  /** The ref that keeps work which was not committed, where there is some. */
  kept?: string;
}

/** What a failure says beside its code. */
export type FailureFacts = Partial<Omit<FailureDetails, 'code' | 'kind'>>;

const MAX_ERRORS = 20;
const MAX_ERROR = 300;

/** The details of a failure with this code. Facts that are not known are null or empty. */
export function failureDetails(code: string, facts: FailureFacts = {}): FailureDetails {
  return {
    code,
    kind: failureKind(code),
    phase: facts.phase ?? null,
    attempts: facts.attempts ?? 0,
    errors: (facts.errors ?? []).slice(0, MAX_ERRORS).map((text) => cut(text, MAX_ERROR)),
    usage: facts.usage ?? null,
    ...(facts.kept !== undefined && { kept: facts.kept }),
  };
}
