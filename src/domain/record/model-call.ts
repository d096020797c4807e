import type { Money } from '../money/amount.js';

/** One request to a model and what came of it (S23). */
export interface ModelCall {
  /** The provider's own response id, or a name of the attempt and ordinal when there was no response. */
  id: string;
  phaseKey: string;
  attempt: number;
  threadId: string;
  persona: string;
  personaVersion: string;
  backend: string;
  model: string;
  status: 'ok' | 'error';
  /** Code of the failure, for status `error`. */
  errorCode: string | null;
  finishReason: string | null;
  inputTokens: number;
  outputTokens: number;
  cachedTokens: number;
  reasoningTokens: number;
  /**
   * null when it is not known: the model has no price, the reply told no usage, or no whole reply came. 0 for an error
   * reply.
   */
  costInputMicroUsd: Money | null;
  costOutputMicroUsd: Money | null;
  /**
   * The worst case of a call whose usage is not known: counts against budgets in place of it. null when it is known.
   */
  reservedMicroUsd: Money | null;
  reservedTokens: number | null;
  latencyMs: number;
  /** ISO 8601, when the request was sent. */
  ts: string;
}

/** One use of a tool by an agent (S26). */
export interface ToolCall {
  /** The model's id for the call, made unique by the response id it came with. */
  id: string;
  phaseKey: string;
  attempt: number;
  threadId: string;
  tool: string;
  /** The arguments; a string of more than 2 KiB is replaced by its sha256 and size. */
  args: unknown;
  outcome: 'ok' | 'refused' | 'error';
  /** First 500 characters of a refusal or error, null when ok. */
  message: string | null;
  durationMs: number;
  ts: string;
}
