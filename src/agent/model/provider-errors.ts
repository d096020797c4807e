import type { NoCompletion } from '../../offload/read-reply.js';
import type { ToldError } from '../../offload/reply/told-error.js';

/** The provider answered, but not with a chat completion. */
export class BadReply extends Error {
  override readonly name = 'BadReply';

  readonly saysError: boolean;
  readonly said?: string;
  readonly isForeign: boolean;

  /** @param facts - what is known of the answer: see `NoCompletion` */
  constructor(message: string, { saysError = false, said, isForeign = false }: Partial<NoCompletion> = {}) {
    super(message);
    this.saysError = saysError;
    this.said = said;
    this.isForeign = isForeign;
  }
}

/** The provider answered with an error, and said so. */
export class ErrorReply extends Error {
  override readonly name = 'ErrorReply';
  readonly code?: string | number;
  readonly type?: string;
  readonly requestID?: string;
  readonly retryAfterMs?: number;

  /**
   * @param status - HTTP's, or the one that the body has
   * @param isPaid - whether it came within a completion
   */
  constructor(
    readonly status: number,
    { message, code, type, retryAfterMs }: ToldError,
    readonly headers: Headers,
    readonly isPaid = false,
  ) {
    super(message);
    this.code = code;
    this.type = type;
    this.retryAfterMs = retryAfterMs;
    this.requestID = ['x-request-id', 'request-id', 'apim-request-id']
      .map((name) => headers.get(name) ?? '')
      .find(Boolean);
  }

  /** All its words. */
  get said(): string {
    return [this.code, this.type, this.message].filter((part) => part !== undefined).join(' ');
  }
}

/** The request did not get through, or the answer broke off; the reason is the `cause`. */
export class TransportFailure extends Error {
  override readonly name = 'TransportFailure';
}
