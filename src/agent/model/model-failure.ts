/** The codes of a failed model call. The value is true where the same request may succeed later. */
const MODEL_FAILURE_CODES = {
  provider_rate_limited: true,
  provider_error: true,
  provider_unreachable: true,
  provider_timeout: true,
  provider_bad_reply: true,
  model_auth_failed: false,
  model_not_found: false,
  base_url_wrong: false,
  model_context_too_long: false,
  model_content_refused: false,
  model_quota_exhausted: false,
  model_request_rejected: false,
} as const;

export type ModelFailureCode = keyof typeof MODEL_FAILURE_CODES;

export interface ModelFailureFacts {
  /** HTTP status, where there was an answer. */
  status?: number;
  /** How long the provider asked us to wait, in milliseconds from now. */
  retryAfterMs?: number;
  /** The provider's own name for the request. */
  requestId?: string;
  /** Whether nothing is to be paid, because the provider answered with an error or never got the request. */
  isFree?: boolean;
  /** How many tokens the model's context has, where a refusal for length names it. */
  contextTokens?: number;
}

/** A model call that failed. The message is for people: it has no key, no header and no prompt in it. */
export class ModelFailure extends Error {
  override readonly name = 'ModelFailure';
  readonly retryable: boolean;
  readonly status?: number;
  readonly retryAfterMs?: number;
  readonly requestId?: string;
  readonly isFree: boolean;
  readonly contextTokens?: number;

  // no `cause`: the client's errors hold the request's headers, and causes are printed and sent on
  constructor(
    readonly code: ModelFailureCode,
    message: string,
    facts: ModelFailureFacts = {},
  ) {
    super(message);
    this.retryable = MODEL_FAILURE_CODES[code];
    this.status = facts.status;
    this.retryAfterMs = facts.retryAfterMs;
    this.requestId = facts.requestId;
    this.isFree = facts.isFree ?? false;
    this.contextTokens = facts.contextTokens;
  }
}
