import { isGrpcServiceError, NamespaceNotFoundError } from '@temporalio/client';
import { cut, PhasegateError, type FailureCode } from '../domain/failures.js';
import { maskValues } from '../domain/text/secrets.js';

/** The status codes of gRPC on which a decision depends. */
export const GRPC = {
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/**
 * The status of the call that an error comes from; null where it comes from none. It is known by its code, never by its
 * words.
 */
export function grpcStatusOf(error: unknown): number | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (isGrpcServiceError(cause)) return Number(cause.code);
  }
  return null;
}

/** Whether a call got no answer in time. */
export function isNoAnswer(error: unknown): boolean {
  const status = grpcStatusOf(error);
  return status === GRPC.deadlineExceeded || status === GRPC.cancelled;
}

const CODES: ReadonlyMap<number, FailureCode> = new Map<number, FailureCode>([
  [GRPC.cancelled, 'temporal_unavailable'],
  [GRPC.deadlineExceeded, 'temporal_unavailable'],
  [GRPC.unavailable, 'temporal_unavailable'],
  [GRPC.resourceExhausted, 'temporal_unavailable'],
  [GRPC.permissionDenied, 'config_invalid'],
  [GRPC.unauthenticated, 'config_invalid'],
  [GRPC.invalidArgument, 'usage_invalid'],
]);

/**
 * A call that Temporal refused or did not answer, as a failure with a code.
 *
 * @returns null for every other error
 */
export function asTemporalFailure(error: unknown): PhasegateError | null {
  if (error instanceof NamespaceNotFoundError) return noNamespace(error.namespace, error);
  const status = grpcStatusOf(error);
  const code = status === null ? undefined : CODES.get(status);
  if (code === undefined) return null;
  return new PhasegateError(code, SENTENCES[code]?.(detailsOf(error)) ?? detailsOf(error), {}, { cause: error });
}

const SENTENCES: Partial<Record<FailureCode, (details: string) => string>> = {
  temporal_unavailable: (details) => `Temporal does not answer: ${details}`,
  config_invalid: (details) =>
    `Temporal refuses who asks (TEMPORAL_API_KEY, TEMPORAL_TLS_*, or the rights in TEMPORAL_NAMESPACE): ${details}`,
  usage_invalid: (details) => `Temporal refuses what it was given: ${details}`,
};

/** The failure for a namespace that Temporal does not have. */
export function noNamespace(namespace: string, cause?: unknown): PhasegateError {
  return new PhasegateError(
    'config_invalid',
    `Temporal has no namespace ${namespace}: set TEMPORAL_NAMESPACE to one that it has`,
    {},
    { cause },
  );
}

function detailsOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    // the error quotes a key that can't be sent in a header
    if (isGrpcServiceError(cause)) return cut(maskValues(cause.details, [process.env.TEMPORAL_API_KEY]), 500);
  }
  return '';
}
