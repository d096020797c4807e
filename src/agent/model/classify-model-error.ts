import { ModelFailure, type ModelFailureCode } from './model-failure.js';
import { namedLimit } from './named-limit.js';
import { BadReply, ErrorReply, TransportFailure } from './provider-errors.js';
import { codeByWords, codeByWordsAlone, isElsewhere } from './provider-words.js';
import { redact, type Unspeakable } from './redact.js';
import { readRetryAfter } from './retry-after.js';

/** The facts about a failed call that only the caller knows. */
export interface CallSignals extends Unspeakable {
  /** Whether our own deadline ended the call. */
  deadlineExpired: boolean;
  baseUrl?: string;
  /** Tokens that were asked for. */
  maxOutputTokens?: number;
  /** Whether a completion has ever come from there. If so, the address is not wrong. */
  hasAnswered?: boolean;
}

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
  'ERR_INVALID_URL',
]);

const SUMMARY: Record<ModelFailureCode, string> = {
  provider_rate_limited: 'the provider limits the rate of requests',
  provider_error: 'the provider failed',
  provider_unreachable: 'the provider could not be reached, or the connection broke',
  provider_timeout: 'the provider did not answer completely in time',
  provider_bad_reply: 'the provider answered with something that is not a chat completion',
  model_auth_failed: 'the provider refused the key, or it can not be sent',
  model_not_found: 'the provider does not know the model',
  base_url_wrong: 'the base URL does not lead to a chat API',
  model_context_too_long: "the conversation is longer than the model's context",
  model_content_refused: 'the provider refused the content',
  model_quota_exhausted: "the account's quota or balance is used up",
  model_request_rejected: 'the provider refused the request',
};

/**
 * Makes one failure of any error of a model call, from our own signals, the HTTP status, the provider's words and the
 * chain of causes. It does not know cancellation: the caller asks its own signal first.
 *
 * @param error - as thrown by `askProvider`
 */
export async function classifyModelError(error: unknown, signals: CallSignals): Promise<ModelFailure> {
  const chain = causes(error);
  const answer = chain.map((link) => link.error).find((link) => link instanceof ErrorReply);
  const bad = chain.map((link) => link.error).find((link) => link instanceof BadReply);
  const named = namedLimit(answer?.said ?? bad?.said ?? '');
  const said = codeOf(chain, answer, bad, signals);
  const asksTooMuch = said === 'model_context_too_long' && isMost(signals.maxOutputTokens, named);
  const code = asksTooMuch ? 'model_request_rejected' : said;
  const told = answer?.message ?? bad?.message ?? chain.at(-1)?.message ?? '';
  const words = await redact(signals.deadlineExpired ? '' : told, signals);
  const status = answer === undefined ? '' : ` (HTTP ${answer.status})`;
  const place = code === 'base_url_wrong' ? placeOf(signals.baseUrl) : asksTooMuch ? outputText(signals, named) : '';
  return new ModelFailure(code, `${SUMMARY[code]}${place}${status}${words && `: ${words}`}`, {
    status: answer?.status,
    retryAfterMs: answer && (readRetryAfter(answer.headers) ?? answer.retryAfterMs),
    requestId: answer?.requestID,
    isFree: isErrorReply(answer, bad) || wasNeverSent(chain),
    contextTokens: code === 'model_context_too_long' ? (named ?? undefined) : undefined,
  });
}

/** Whether the reply alone may take nearly all of the context: then no shorter conversation helps. */
function isMost(maxOutputTokens: number | undefined, limit: number | null): boolean {
  return maxOutputTokens !== undefined && limit !== null && maxOutputTokens > 0.75 * limit;
}

function outputText({ maxOutputTokens }: CallSignals, limit: number | null): string {
  return `: the persona's maxOutputTokens is ${maxOutputTokens}, and the model's context has ${limit} tokens for prompt and reply together; lower maxOutputTokens`;
}

function codeOf(
  chain: Link[],
  answer: ErrorReply | undefined,
  bad: BadReply | undefined,
  { deadlineExpired, hasAnswered = false }: CallSignals,
): ModelFailureCode {
  if (deadlineExpired) return 'provider_timeout';
  if (!hasAnswered && (answer ?? bad) && isElsewhere(answer?.status, answer?.said ?? bad?.message ?? ''))
    return 'base_url_wrong';
  if (answer) return codeByWords(answer.status, answer.said) ?? byStatus(answer.status);
  const byWords = bad?.said === undefined ? undefined : codeByWordsAlone(bad.said);
  // within a completion, which is paid, a limit is not waited for
  if (byWords && (bad?.saysError || byWords !== 'provider_rate_limited')) return byWords;
  return !hasAnswered && bad?.isForeign ? 'base_url_wrong' : byCause(chain);
}

/** The place that was asked. User, password and query may be secrets. */
function placeOf(baseUrl = ''): string {
  if (!URL.canParse(baseUrl)) return '';
  const { origin, pathname } = new URL(baseUrl);
  const advice = /\/v\d/.test(pathname) ? '' : ', and has no /v1';
  return ` (it is ${origin}${pathname}${advice})`;
}

/** Whether the provider answered with an error. Then it has made no completion, and bills none. */
function isErrorReply(answer: ErrorReply | undefined, bad: BadReply | undefined): boolean {
  return answer ? answer.status >= 400 && !answer.isPaid : (bad?.saysError ?? false);
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

/** The fields in which the errors of undici and of Node say what they are. */
interface Link {
  error: unknown;
  message: string;
  name?: unknown;
  code?: unknown;
}

function causes(error: unknown): Link[] {
  const chain: Link[] = [];
  let next = error;
  while (typeof next === 'object' && next !== null && chain.length < 10) {
    const { message, name, code, cause, errors } = next as Partial<Link> & { cause?: unknown; errors?: unknown };
    chain.push({ error: next, message: String(message ?? ''), name, code });
    next = cause ?? (Array.isArray(errors) ? (errors as unknown[])[0] : undefined);
  }
  return chain;
}

function byStatus(status: number): ModelFailureCode {
  if (status === 429) return 'provider_rate_limited';
  if (status === 408) return 'provider_timeout';
  if (status >= 500 || [409, 425, 498].includes(status)) return 'provider_error';
  if (status < 400) return 'provider_bad_reply';
  if (status === 401 || status === 403) return 'model_auth_failed';
  return status === 404 ? 'model_not_found' : 'model_request_rejected';
}

function byCause(chain: Link[]): ModelFailureCode {
  const timedOut = chain.some((link) => TIMED_OUT.has(String(link.code)) || link.name === 'TimeoutError');
  if (timedOut) return 'provider_timeout';
  if (chain.some(({ code }) => code === 'ERR_INVALID_URL')) return 'base_url_wrong';
  if (isBadHeader(chain)) return 'model_auth_failed';
  return chain.some((link) => link.error instanceof TransportFailure) ? 'provider_unreachable' : 'provider_bad_reply';
}
