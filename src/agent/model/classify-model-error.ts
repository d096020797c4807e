import { BadReply, TransportFailure } from './provider-fetch.js';
import { ModelFailure, type ModelFailureCode } from './model-failure.js';
import { redact, type Unspeakable } from './redact.js';
import { readRetryAfter } from './retry-after.js';

/** The facts about a failed call that only the caller knows. */
export interface CallSignals extends Unspeakable {
  /** Whether our own deadline ended the call. */
  deadlineExpired: boolean;
}

const QUOTA = /insufficient_quota|billing_hard_limit|billing_not_active|quota_exceeded|insufficient.balance/i;
const CONTENT = /content_filter|content_policy|ResponsibleAIPolicy|content management policy/i;
const CONTEXT =
  /context_length_exceeded|exceed_context_size|maximum context length|context window|context size|input tokens exceed/i;
/** A key that can't even be sent: it has a line end in it, or a letter of another alphabet. */
const NO_HEADER = /is an invalid header value|to a ByteString/;
const TIMED_OUT = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/**
 * No address, no route, nobody who listens, or a certificate that is not trusted. All of these come before the request.
 */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

const SUMMARY: Record<ModelFailureCode, string> = {
  provider_rate_limited: 'the provider limits the rate of requests',
  provider_error: 'the provider failed',
  provider_unreachable: 'the provider could not be reached, or the connection broke',
  provider_timeout: 'the provider did not answer completely in time',
  provider_bad_reply: 'the provider answered with something that is not a chat completion',
  model_auth_failed: 'the provider refused the key, or it can not be sent',
  model_not_found: 'the provider does not know the model, or the base URL is wrong',
  model_context_too_long: "the conversation is longer than the model's context",
  model_content_refused: 'the provider refused the content',
  model_quota_exhausted: "the account's quota or balance is used up",
  model_request_rejected: 'the provider refused the request',
};

/**
 * Makes one failure of any error of a model call, from our own signals, the HTTP status, the provider's code and the
 * chain of causes. It does not know cancellation: the caller asks its own signal first.
 *
 * @param error - as thrown by the model client
 */
export async function classifyModelError(error: unknown, signals: CallSignals): Promise<ModelFailure> {
  const chain = causes(error);
  const answer = chain.find((link) => typeof link.status === 'number');
  const code = signals.deadlineExpired ? 'provider_timeout' : answer ? byStatus(answer) : byCause(chain);
  const words = await redact(signals.deadlineExpired ? '' : wordsOf(chain, answer), signals);
  const status = answer?.status === undefined ? '' : ` (HTTP ${answer.status})`;
  return new ModelFailure(code, `${SUMMARY[code]}${status}${words && `: ${words}`}`, {
    status: answer?.status,
    retryAfterMs: answer?.headers instanceof Headers ? readRetryAfter(answer.headers) : undefined,
    requestId: typeof answer?.requestID === 'string' ? answer.requestID : undefined,
    isFree: isErrorReply(chain, answer) || wasNeverSent(chain),
  });
}

/** Whether the provider answered with an error. Then it has made no completion, and bills none. */
function isErrorReply(chain: Link[], answer: Link | undefined): boolean {
  return (answer?.status ?? 0) >= 400 || chain.some(({ error }) => error instanceof BadReply && error.saysError);
}

/**
 * Whether the request can't have reached the provider. A request that broke off later may have been worked on, and is
 * then paid.
 */
function wasNeverSent(chain: Link[]): boolean {
  return isBadHeader(chain) || chain.some(({ code, error }) => NEVER_SENT.has(String(code)) && !wasConnected(error));
}

/** Whether there was a connection. Linux gives the same codes when its host is gone as for one that never answered. */
function wasConnected(error: unknown): boolean {
  const { syscall } = error as { syscall?: unknown };
  return syscall === 'read' || syscall === 'write';
}

/** The words of Node, and not those of a provider. */
function isBadHeader(chain: Link[]): boolean {
  return chain.some(({ error, message }) => !(error instanceof BadReply) && NO_HEADER.test(message));
}

/** The fields in which the errors of the client, of undici and of Node say what they are. */
interface Link {
  error: unknown;
  message: string;
  name?: unknown;
  status?: number;
  code?: unknown;
  type?: unknown;
  headers?: unknown;
  requestID?: unknown;
}

function causes(error: unknown): Link[] {
  const chain: Link[] = [];
  let next = error;
  while (typeof next === 'object' && next !== null && chain.length < 10) {
    const fields = next as Partial<Link> & { cause?: unknown; errors?: unknown };
    chain.push({ ...pick(fields), error: next });
    next = fields.cause ?? (Array.isArray(fields.errors) ? (fields.errors as unknown[])[0] : undefined);
  }
  return chain;
}

function pick({ message, name, status, code, type, headers, requestID }: Partial<Link>): Omit<Link, 'error'> {
  return {
    message: String(message ?? ''),
    name,
    status: typeof status === 'number' ? status : undefined,
    code,
    type,
    headers,
    requestID,
  };
}

function byStatus(answer: Link): ModelFailureCode {
  const { status = 0 } = answer;
  const said = `${String(answer.code)} ${String(answer.type)} ${answer.message}`;
  if (status === 402 || (status === 429 && QUOTA.test(said))) return 'model_quota_exhausted';
  if (status === 429) return 'provider_rate_limited';
  if (status === 408) return 'provider_timeout';
  if (status >= 500 || status === 409 || status === 425) return 'provider_error';
  if (status < 400) return 'provider_bad_reply';
  if (status === 401) return 'model_auth_failed';
  if ([400, 403, 422].includes(status) && CONTENT.test(said)) return 'model_content_refused';
  if (status === 403) return 'model_auth_failed';
  if (status === 404) return 'model_not_found';
  return CONTEXT.test(said) ? 'model_context_too_long' : 'model_request_rejected';
}

function byCause(chain: Link[]): ModelFailureCode {
  const timedOut = chain.some((link) => TIMED_OUT.has(String(link.code)) || link.name === 'TimeoutError');
  if (timedOut) return 'provider_timeout';
  if (isBadHeader(chain)) return 'model_auth_failed';
  return chain.some((link) => link.error instanceof TransportFailure) ? 'provider_unreachable' : 'provider_bad_reply';
}

/** The provider's words where it sent any, else the innermost reason: "connect ECONNREFUSED 127.0.0.1:1". */
function wordsOf(chain: Link[], answer: Link | undefined): string {
  const bad = chain.find((link) => link.error instanceof BadReply);
  const speaker = answer ?? bad ?? chain.at(-1);
  // LangChain adds advice about its own settings
  return speaker?.message.replace(/^\d{3} /, '').replace(/\s*Troubleshooting URL: \S+\s*$/, '') ?? '';
}
