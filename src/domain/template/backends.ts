import type { ModelDialect } from './dialect.js';

/** Price of a model in US dollars per 1,000 tokens (S25). */
export interface ModelPrice {
  inputPer1k: number;
  outputPer1k: number;
  /** Price of input that the provider had cached. Without it, cached input costs as much as other input. */
  cachedInputPer1k?: number;
}

/** How much may be asked of a backend, by all workers together. Without a field there is no such limit. */
export interface BackendCap {
  /** Most calls at once. */
  maxConcurrent?: number;
  /** Most calls that begin within any 60 seconds. */
  requestsPerMinute?: number;
}

/** A place that serves models over the OpenAI chat API. */
export interface Backend extends ModelDialect, BackendCap {
  /** Where `/chat/completions` is. It may have a query, which goes with every request. */
  baseUrl: string;
  /** Name of the environment variable whose value replaces `baseUrl` when it is set. */
  baseUrlEnv?: string;
  /** Name of the environment variable that holds the key. Only the name is ever stored. */
  apiKeyEnv: string;
  /**
   * Names of environment variables by the header that gets their value. A header with the variable of the key is sent
   * instead of `Authorization`.
   */
  headersFromEnv?: Record<string, string>;
  /** Whether replies are asked for as a stream, for servers that can't do otherwise. They are read whole all the same. */
  stream?: boolean;
  prices: Record<string, ModelPrice>;
  /** Tokens of a model's context, for prompt and reply together, by the model's name. */
  contextTokens?: Record<string, number>;
}

/** The backends file: backends by name. */
export interface Backends {
  backends: Record<string, Backend>;
}
