import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import type { ModelCall } from '../../../domain/record/model-call.js';
import { sentBytes } from '../../model/sent-size.js';
import { viewOf, type PlacedMark } from './view.js';

/** What is known of a model's context. */
export interface KnownContext {
  backend: string;
  model: string;
  /** Tokens for prompt and reply together, as files or refusals say; null when nobody has said. */
  tokens: number | null;
  /** Tokens that a reply may have. */
  output: number;
}

/** A conversation, and what its requests have beside it. */
export interface Measured {
  messages: readonly BaseMessage[];
  marks: readonly PlacedMark[];
  calls: readonly ModelCall[];
  /** Bytes of the system prompt and of the tools. */
  fixedBytes: number;
}

/** Bytes of English, code and JSON for a token, about. The provider's own figures correct it. */
const BYTES_PER_TOKEN = 3;
/** The tokens around a message. */
const AROUND = 6;
/** A text of one sort may have so many times fewer or more tokens. Figures beyond that are wrong. */
const LEAST_SCALE = 0.4;
const MOST_SCALE = 4;

/** Measures requests in tokens of the model, as far as its provider's figures tell them. */
export class Measure {
  /** Tokens for a prompt; null when the context is not known. */
  readonly room: number | null;
  /** Real tokens for one that is estimated from the bytes. */
  readonly #scale: number;

  constructor(
    private readonly measured: Measured,
    context: KnownContext,
  ) {
    const limits = measured.marks.flatMap(({ mark, at }) =>
      mark.kind === 'limit' && mark.backend === context.backend && mark.model === context.model
        ? [{ ...mark, at }]
        : [],
    );
    const known = [context.tokens, ...limits.map(({ tokens }) => tokens)].filter((tokens) => tokens !== null);
    this.room = known.length === 0 ? null : roomOf(Math.min(...known), context.output);
    const told = toldScale(measured);
    // a refusal after the last reply says more than its figures
    const refused = limits.filter(({ at }) => told === null || at > told.at);
    const scales = refused.map(({ tokens, sent }) => roomOf(tokens, context.output) / Math.max(1, sent));
    this.#scale = Math.min(MOST_SCALE, Math.max(LEAST_SCALE, told?.scale ?? 1, ...scales));
  }

  /** Tokens of a request with these messages. */
  of(messages: readonly BaseMessage[]): number {
    return this.#scale * this.estimated(messages);
  }

  /** Tokens that a message adds. */
  ofMessage(message: BaseMessage): number {
    return this.#scale * estimateOf(message);
  }

  /** The same as {@link of}, from the bytes alone. */
  estimated(messages: readonly BaseMessage[]): number {
    return estimated(messages, this.measured.fixedBytes);
  }
}

/** Tokens for a prompt. A reply that takes nearly all of the context can't be meant. */
function roomOf(tokens: number, output: number): number {
  return Math.max(tokens - output, tokens / 4);
}

function estimated(messages: readonly BaseMessage[], fixedBytes: number): number {
  return messages.reduce((sum, message) => sum + estimateOf(message), fixedBytes / BYTES_PER_TOKEN);
}

function estimateOf(message: BaseMessage): number {
  return AROUND + sentBytes(message) / BYTES_PER_TOKEN;
}

/** What the figures of the last reply say about the estimate of its request; null where there are none. */
function toldScale({ messages, marks, calls, fixedBytes }: Measured): { scale: number; at: number } | null {
  const tokens = new Map(
    calls.filter(({ inputTokens }) => inputTokens > 0).map(({ id, inputTokens }) => [id, inputTokens]),
  );
  const at = messages.findLastIndex((message) => AIMessage.isInstance(message) && tokens.has(message.id ?? ''));
  if (at < 0) return null;
  const asked = viewOf(
    messages.slice(0, at),
    marks.filter((mark) => mark.at <= at),
  );
  return { scale: (tokens.get(messages[at]?.id ?? '') ?? 0) / Math.max(1, estimated(asked, fixedBytes)), at };
}
