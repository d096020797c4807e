import type { ToldError } from '../../offload/reply/told-error.js';

/** The provider answered, but not with a chat completion. */
export class BadReply extends Error {
  override readonly name = 'BadReply';

  /** @param saysError - whether the answer tells of an error, so that it is not a completion that was cut or spoilt */
  constructor(
    message: string,
    readonly saysError = false,
  ) {
    super(message);
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
