import type { JsonObject } from '../domain/text/json.js';

/** An answer with an error status. Its body has the form that the API uses. */
export interface ApiError {
  status: number;
  body: JsonObject;
}

interface Words {
  message: string;
  type: string;
  code: string | null;
}

const BY_STATUS: Readonly<Record<number, Words>> = {
  400: { message: 'The request was malformed (scripted).', type: 'invalid_request_error', code: null },
  401: { message: 'Incorrect API key provided (scripted).', type: 'invalid_request_error', code: 'invalid_api_key' },
  403: {
    message: 'The project has no access to this model (scripted).',
    type: 'invalid_request_error',
    code: 'model_not_available',
  },
  404: {
    message: 'The model does not exist or you do not have access to it (scripted).',
    type: 'invalid_request_error',
    code: 'model_not_found',
  },
  429: { message: 'Rate limit reached (scripted).', type: 'requests', code: 'rate_limit_exceeded' },
};

/** The API's own words for a status. */
export function apiError(status: number, words?: Partial<Words> & { param?: string | null }): ApiError {
  const defaults = BY_STATUS[status] ?? {
    message: `The server had an error (scripted ${status}).`,
    type: 'server_error',
    code: null,
  };
  return { status, body: { error: { param: null, ...defaults, ...words } } };
}

/** Errors that have the same status as others. */
export const API_FAULTS = {
  context_length: apiError(400, {
    message: "This model's maximum context length is 128000 tokens, and your messages resulted in more (scripted).",
    code: 'context_length_exceeded',
    param: 'messages',
  }),
  content_filter_error: apiError(400, {
    message: 'The response was filtered due to the prompt triggering a content management policy (scripted).',
    code: 'content_filter',
  }),
  quota_exhausted: apiError(429, {
    message: 'You exceeded your current quota, please check your plan and billing details (scripted).',
    type: 'insufficient_quota',
    code: 'insufficient_quota',
  }),
} as const;
