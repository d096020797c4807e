import type { Behaviour } from '../../../src/model-server/server.js';

/** A way in which a model server misbehaves, and what must become of the run. */
export interface FaultRow {
  fault: string;
  /** What the model server answers; after the end of the script it answers soundly. */
  script: () => Behaviour[];
  /** Template of the run; default `one`. */
  template?: 'one' | 'impatient' | 'few';
  /** Code of the run's failure; null: it completes. */
  code: string | null;
  /** How many of the requests were answered wrongly: exactly, or from least to most where time decides. */
  wrong: number | [least: number, most: number];
  /** Attempts at the artifact that the run needed. */
  attempts: number;
  /** Least time between the first wrong answer and the next request. */
  pauseMs?: number;
  /** The provider's part was sound, so that the call counts as completed: what is wrong is the model's own. */
  completedCalls?: boolean;
}

/** The backend's key in the worker's environment; faults echo it wherever they can. */
export const KEY = 'sk-canary-4c1f09d2e7b86a35';

const echo = `provided: ${KEY}. Your request had the header Authorization: Bearer ${KEY}`;

/** An error body as providers send it, that repeats the key. */
const body = (code: string | null, message = 'refused', type = 'some_error') => ({
  error: { message: `${message}; ${echo}`, type, code },
});

const always = (behaviour: Behaviour) => () => [{ ...behaviour, times: 'always' as const }];
const once = (behaviour: Behaviour) => () => [behaviour];
const list = { name: 'ls', args: {} };

/** Rows that have much in common; a row may say otherwise. */
function rows<K extends keyof FaultRow>(
  common: Pick<FaultRow, K>,
  own: readonly (Omit<FaultRow, K> & Partial<FaultRow>)[],
): FaultRow[] {
  return own.map((row) => ({ ...common, ...row }) as FaultRow);
}

/** What can't be mended by asking again: one request, and the run fails. */
const FINAL = rows({ wrong: 1, attempts: 1 }, [
  { fault: '401', script: always({ status: 401, body: body('invalid_api_key') }), code: 'model_auth_failed' },
  { fault: '403', script: always({ status: 403, body: body(null) }), code: 'model_auth_failed' },
  { fault: '404, the model', script: always({ status: 404, body: body('model_not_found') }), code: 'model_not_found' },
  {
    fault: '400, context length',
    script: always({ status: 400, body: body('context_length_exceeded') }),
    code: 'model_context_too_long',
  },
  {
    fault: '400, content filter',
    script: always({ status: 400, body: body('content_filter') }),
    code: 'model_content_refused',
  },
  { fault: '400, malformed', script: always({ status: 400, body: body(null) }), code: 'model_request_rejected' },
  { fault: '402, balance', script: always({ status: 402, body: body(null) }), code: 'model_quota_exhausted' },
  {
    fault: '429, quota',
    script: always({ status: 429, body: body('insufficient_quota') }),
    code: 'model_quota_exhausted',
  },
  {
    fault: '429, Retry-After longer than the patience',
    template: 'impatient',
    script: always({ status: 429, retryAfter: '86400', body: body(null) }),
    code: 'provider_unavailable',
  },
  { fault: 'refusal', script: always({ fault: 'refusal' }), code: 'model_content_refused', completedCalls: true },
  {
    fault: 'content filter as finish reason',
    script: always({ fault: 'content_filter' }),
    code: 'model_content_refused',
    completedCalls: true,
  },
]);

/** What passes: waited for, asked again, and no attempt at the artifact is used up. */
const PASSING = rows({ code: null, wrong: 1, attempts: 1 }, [
  { fault: '429 twice', script: () => [{ status: 429, body: body(null), times: 2 }], wrong: 2, pauseMs: 900 },
  {
    fault: '429, Retry-After in seconds',
    script: once({ status: 429, retryAfter: '3', body: body(null) }),
    pauseMs: 2_950,
  },
  {
    fault: '429, Retry-After as a date',
    script: () => [{ status: 429, retryAfter: new Date(Date.now() + 6_000).toUTCString(), body: body(null) }],
    pauseMs: 900,
  },
  { fault: '500', script: once({ status: 500, body: body(null) }), pauseMs: 900 },
  { fault: '503, Retry-After', script: once({ status: 503, retryAfter: '2', body: body(null) }), pauseMs: 1_950 },
  { fault: 'connection reset before the headers', script: once({ fault: 'drop_before_headers' }) },
  { fault: 'connection reset in the body', script: once({ fault: 'drop_mid_body' }) },
  { fault: 'time-out before the headers', script: once({ fault: 'stall_headers' }) },
  { fault: 'time-out in the body', script: once({ fault: 'stall_body' }) },
  { fault: 'empty choices', script: once({ fault: 'empty_choices' }) },
  { fault: 'HTML instead of JSON', script: once({ fault: 'html' }) },
  { fault: 'broken JSON', script: once({ fault: 'broken_json' }) },
]);

/**
 * What does not pass: a number of requests that patience and pauses bound. Pauses are 1, 2, 4 … s, so 4 s of patience
 * are at most 4 requests.
 */
const LASTING = rows({ template: 'impatient', code: 'provider_unavailable', attempts: 1 }, [
  { fault: '429 for ever', script: always({ status: 429, body: body(null) }), wrong: [2, 4] },
  {
    fault: '429 for ever, Retry-After: 0',
    script: always({ status: 429, retryAfter: '0', body: body(null) }),
    wrong: [2, 5],
  },
  {
    fault: '429 for ever, Retry-After of 10 ms',
    script: always({ status: 429, retryAfter: '0.01', body: body(null) }),
    wrong: [2, 5],
  },
  {
    fault: '429 for ever, Retry-After in the past',
    script: always({ status: 429, retryAfter: 'Wed, 01 Jan 2020 00:00:00 GMT', body: body(null) }),
    wrong: [2, 5],
  },
  { fault: '500 for ever', script: always({ status: 500, body: body(null) }), wrong: [2, 4] },
  { fault: '503 for ever', script: always({ status: 503, body: body(null) }), wrong: [2, 4] },
  { fault: 'connection reset for ever', script: always({ fault: 'drop_mid_body' }), wrong: [2, 4] },
  { fault: 'time-out for ever', script: always({ fault: 'stall_body' }), wrong: [2, 3] },
  // paid for, each of them: an hour's patience is not for these
  { fault: 'empty choices for ever', script: always({ fault: 'empty_choices' }), wrong: 5, template: 'one' },
  {
    fault: 'replies of 17 MiB for ever',
    script: always({ text: 'x'.repeat(17 * 1024 ** 2) }),
    wrong: 5,
    template: 'one',
  },
]);

/** What the model itself does wrong: it is told, and each attempt has its limits. */
const MODEL = rows({ completedCalls: true }, [
  {
    fault: '`length` within a tool call',
    script: once({ fault: 'truncated_tool_call' }),
    code: null,
    wrong: 1,
    attempts: 1,
  },
  {
    fault: '`length` within a tool call, always',
    script: always({ fault: 'truncated_tool_call' }),
    code: 'output_limit_reached',
    wrong: 2,
    attempts: 1,
  },
  {
    fault: 'malformed tool arguments',
    script: once({ fault: 'malformed_arguments' }),
    code: null,
    wrong: 1,
    attempts: 1,
  },
  {
    fault: 'malformed tool arguments, always',
    script: always({ fault: 'malformed_arguments' }),
    code: 'artifact_missing',
    wrong: 5,
    attempts: 1,
  },
  { fault: 'unknown tool', script: once({ fault: 'unknown_tool' }), code: null, wrong: 1, attempts: 1 },
  {
    fault: 'unknown tool, always',
    script: always({ fault: 'unknown_tool' }),
    code: 'stalled',
    wrong: 4,
    attempts: 1,
  },
  {
    fault: 'a tool 500 times in one reply',
    script: once({ tools: Array.from({ length: 500 }, () => list) }),
    code: null,
    wrong: 1,
    attempts: 1,
  },
  {
    fault: 'a tool for ever, once a reply',
    script: always({ tools: [list] }),
    code: 'model_call_limit',
    wrong: 50,
    attempts: 1,
  },
  {
    fault: 'text with no tool call',
    script: once({ text: `All is well. ${echo}` }),
    code: null,
    wrong: 1,
    attempts: 1,
  },
  {
    fault: 'text with no tool call, always',
    script: always({ text: `All is well. ${echo}` }),
    code: 'artifact_missing',
    wrong: 5,
    attempts: 1,
  },
  { fault: 'huge output (2 MiB)', script: once({ fault: 'huge_output' }), code: null, wrong: 1, attempts: 1 },
  {
    fault: 'huge output (2 MiB), always',
    script: always({ fault: 'huge_output' }),
    code: 'artifact_invalid_after_repair',
    wrong: 6,
    attempts: 2,
  },
  { fault: 'no usage in the reply', script: once({ fault: 'no_usage' }), code: null, wrong: 1, attempts: 1 },
]);

export const FAULT_ROWS: readonly FaultRow[] = [...FINAL, ...PASSING, ...LASTING, ...MODEL];
