import type { Money } from '../money/amount.js';

/** One request to a model, and how it ended (S23). */
export interface ModelCall {
  /** The provider's own response id. When there was no response, it is made from the attempt and the ordinal. */
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
   * null when it is not known: the model has no price, the reply told no usage, or no whole reply came. An error reply
   * costs 0.
   */
  costInputMicroUsd: Money | null;
  costOutputMicroUsd: Money | null;
  /**
   * The worst case of a call whose usage is not known. It counts against budgets in place of the usage. null when that
   * is known.
   */
  reservedMicroUsd: Money | null;
  reservedTokens: number | null;
  latencyMs: number;
  /** ISO 8601, the time when the request was sent. */
  ts: string;
}

/** One use of a tool by an agent (S26). */
export interface ToolCall {
  /** The model's id for the call. The response id that it came with makes it unique. */
  id: string;
  phaseKey: string;
  attempt: number;
  threadId: string;
  tool: string;
  /** The arguments; a string of more than 2 KiB is replaced by its sha256 and size. */
  args: unknown;
  outcome: 'ok' | 'refused' | 'error';
  /** First 500 characters of a refusal or error; null when there was none. */
  message: string | null;
  /** Of a command that the tool ran; null for other tools, and for a command that did not exit by itself. */
  exitCode: number | null;
  durationMs: number;
  ts: string;
}
