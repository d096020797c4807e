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

/** Where the words of an error stand. */
const WORDS = [
  'message',
  'Message',
  'msg',
  'error_msg',
  'errmsg',
  'status_msg',
  'error_description',
  'detail',
  'title',
] as const;
/** Where its code stands. */
const CODES = ['code', 'Code', 'error_code', 'status_code', 'errcode'] as const;
/** What stands in the fields of an error that is none: one-api and others write empty ones, MiniMax a success. */
const NOTHING = /^\s*(|0|200|ok|success|none|null)\s*$/i;

/**
 * The error that a provider's JSON tells of: `{error: {message}}`, `{error: "text"}`, a list of these, `{message, code}`,
 * `{detail: […]}`, `{errors: […]}`, `{base_resp: {status_msg}}`. It is null where the JSON tells of none.
 *
 * @param isError - whether it is known already that it is an error: then a mere `message` is one
 */
export function toldError(value: JsonValue, isError: boolean): ToldError | null {
  if (Array.isArray(value)) return value.length > 0 && isJsonObject(value[0]) ? toldError(value[0], isError) : null;
  if (!isJsonObject(value)) return null;
  const error =
    [value.error, first(value.errors), value.base_resp].find(saysSomething) ??
    (isError || saysError(value) ? bare(value) : undefined);
  if (error === undefined) return null;
  const inner = isJsonObject(error) ? error : {};
  const status = [inner.code, inner.status, inner.status_code, value.code, value.status, value.status_code].find(
    isHttpError,
  );
  return {
    message: wordsOf(error),
    code: [inner, value]
      .flatMap((fields) => CODES.map((name) => named(fields[name])))
      .find((code) => code !== undefined),
    type: [inner.type, inner.status, inner.reason, value.type, value.status].find((text) => typeof text === 'string'),
    status: status === undefined ? undefined : Number(status),
    retryAfterMs: retryDelay(inner.details),
  };
}

function saysError({ object, type, success }: JsonObject): boolean {
  return object === 'error' || type === 'error' || success === false;
}

/** Whether a member that is there for an error tells of one. */
export function saysSomething(value: JsonValue | undefined): value is JsonValue {
  if (value === undefined || value === null || value === false) return false;
  return typeof value === 'object' ? Object.values(value).some(saysSomething) : !NOTHING.test(String(value));
}

/** The error itself, where it has no envelope. */
function bare(value: JsonObject): JsonValue | undefined {
  return WORDS.some((name) => isWords(value[name])) ? value : undefined;
}

function isWords(value: JsonValue | undefined): boolean {
  return typeof value === 'string' ? !NOTHING.test(value) : Array.isArray(value) && value.length > 0;
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
  const { metadata } = error;
  const said = WORDS.map((name) => error[name]).find(Boolean);
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
