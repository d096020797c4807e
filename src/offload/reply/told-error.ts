import { cut } from '../../domain/failures.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/text/json.js';

/** Most characters of an error that are looked at. */
const MAX_ERROR_CHARACTERS = 64 * 1024;
const MOST_DETAILS = 5;

/** An error in a provider's own words, whatever form they came in. */
export interface ToldError {
  message: string;
  code?: string | number;
  type?: string;
  /** The HTTP status that it should have had, where a router put it into the body. */
  status?: number;
  /** How long the provider asks us to wait, where it says so in the body. */
  retryAfterMs?: number;
}

/**
 * The error that a provider's JSON tells of: `{error: {message}}`, `{error: "text"}`, a list of these, `{message, code}`,
 * `{detail: […]}`, `{errors: […]}`. It is null where the JSON tells of none.
 *
 * @param isError - whether the HTTP status says already that it is an error: then a mere `message` is one
 */
export function toldError(value: JsonValue, isError: boolean): ToldError | null {
  if (Array.isArray(value)) return value.length > 0 && isJsonObject(value[0]) ? toldError(value[0], isError) : null;
  if (!isJsonObject(value)) return null;
  const error = value.error || first(value.errors) || (isError || saysError(value) ? bare(value) : undefined);
  if (!error) return null;
  const inner = isJsonObject(error) ? error : {};
  const status = [inner.code, inner.status, inner.status_code, value.code, value.status, value.status_code].find(
    isHttpError,
  );
  return {
    message: wordsOf(error),
    code: named(inner.code) ?? named(value.code) ?? named(value.error_code),
    type: [inner.type, inner.status, inner.reason, value.type, value.status].find((text) => typeof text === 'string'),
    status: status === undefined ? undefined : Number(status),
    retryAfterMs: retryDelay(inner.details),
  };
}

function saysError({ object, type, success }: JsonObject): boolean {
  return object === 'error' || type === 'error' || success === false;
}

/** The error itself, where it has no envelope. */
function bare(value: JsonObject): JsonValue | undefined {
  const { message, Message, msg, detail, title, error_msg } = value;
  return [message, Message, msg, error_msg, detail, title].some(Boolean) ? value : undefined;
}

function first(errors: JsonValue | undefined): JsonValue | undefined {
  return Array.isArray(errors) ? errors[0] : undefined;
}

function isHttpError(code: JsonValue | undefined): boolean {
  const status = Number(code);
  return (typeof code === 'number' || typeof code === 'string') && status >= 400 && status <= 599;
}

function named(code: JsonValue | undefined): string | number | undefined {
  return typeof code === 'string' || typeof code === 'number' ? code : undefined;
}

/** The words of an error. Where a router has an error from behind it, the words of that come, too. */
export function wordsOf(error: JsonValue | undefined): string {
  if (!isJsonObject(error)) return asText(error);
  const { message, Message, msg, error_msg, detail, title, metadata } = error;
  const said = [message, Message, msg, error_msg, detail, title].find(Boolean);
  if (said === undefined || said === null) return asText(error);
  const behind = isJsonObject(metadata) ? [metadata.raw, metadata.reasons].filter(Boolean) : [];
  const words = Array.isArray(said) ? said.slice(0, MOST_DETAILS).map(detailOf) : [asText(said)];
  return cut([words.join('; '), ...behind.map(asText)].join(': '), MAX_ERROR_CHARACTERS);
}

/** One of FastAPI's details: `{loc: ['body', 'messages'], msg}`. */
function detailOf(detail: JsonValue): string {
  if (!isJsonObject(detail) || typeof detail.msg !== 'string') return asText(detail);
  return Array.isArray(detail.loc) ? `${detail.loc.map(asText).join('.')}: ${detail.msg}` : detail.msg;
}

function asText(value: JsonValue | undefined): string {
  if (typeof value === 'string') return cut(value, MAX_ERROR_CHARACTERS);
  try {
    return cut(JSON.stringify(value) ?? '', MAX_ERROR_CHARACTERS);
  } catch {
    return 'words that are nested too deep';
  }
}

/** Google's `RetryInfo`: `{retryDelay: '34s'}`. */
function retryDelay(details: JsonValue | undefined): number | undefined {
  if (!Array.isArray(details)) return undefined;
  for (const detail of details) {
    const delay = isJsonObject(detail) ? detail.retryDelay : undefined;
    const seconds = typeof delay === 'string' ? /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(delay)?.[1] : undefined;
    if (seconds !== undefined) return Math.ceil(Number(seconds) * 1_000);
  }
  return undefined;
}
