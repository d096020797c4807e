import { cut, PhasegateError, type FailureCode } from '../domain/failures.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../domain/text/json.js';
import { maskCredentials, maskValues } from '../domain/text/secrets.js';

/** How a forge is spoken to. */
export interface ForgeAccess {
  /** Without a slash at the end. */
  apiUrl: string;
  token: string;
  headers: Record<string, string>;
  signal?: AbortSignal;
}

export interface ForgeRequest {
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT';
  body?: JsonValue;
  /** From an earlier answer: when nothing has changed, the answer is 304 and costs nothing. */
  etag?: string;
  /** Statuses that are answers, not failures. */
  okStatuses?: readonly number[];
}

export interface ForgeAnswer {
  status: number;
  body: JsonValue;
  etag: string | null;
  /** URL of the next page; null for the last one. */
  next: string | null;
}

const REQUEST_MS = 30_000;
const MOST_BYTES = 8 * 1024 * 1024;
const MOST_PAGES = 100;
const MOST_REDIRECTS = 3;
/** A forge may ask for a pause of up to an hour. */
const LONGEST_PAUSE_MS = 3_600_000;

/** A failure of a forge that comes with an HTTP status. */
export function statusOf(error: unknown): number | null {
  const status = error instanceof PhasegateError ? error.details['status'] : null;
  return typeof status === 'number' ? status : null;
}

/** Speaks to one forge. The token goes nowhere but to the host of `apiUrl`, and into no message. */
export class ForgeHttp {
  constructor(private readonly access: ForgeAccess) {}

  /**
   * @param path - below the API's URL, or a whole URL at the same host
   * @throws PhasegateError as {@link Forge} says
   */
  async send(path: string, { method = 'GET', body, etag, okStatuses = [] }: ForgeRequest = {}): Promise<ForgeAnswer> {
    let url = this.#urlOf(path);
    for (let redirects = 0; ; redirects++) {
      const reply = await this.#fetch(url, method, body, etag);
      const to = reply.headers.get('location');
      if (reply.status >= 300 && reply.status < 400 && reply.status !== 304 && to !== null) {
        await reply.body?.cancel();
        if (redirects >= MOST_REDIRECTS) throw oddAnswer(method, url, 'too many redirects');
        // a repository with a new name has another place; another host must not get the token
        if (!URL.canParse(to, url)) throw oddAnswer(method, url, 'the redirect leads nowhere');
        url = this.#urlOf(new URL(to, url).href);
        continue;
      }
      const text = await this.#read(reply, url);
      if (!reply.ok && reply.status !== 304 && !okStatuses.includes(reply.status))
        throw this.#failure(method, url, reply, text);
      const said = parse(text);
      if (reply.ok && said === undefined)
        throw oddAnswer(
          method,
          url,
          `${cut(reply.headers.get('content-type') ?? 'something', 60)} in place of JSON: is there a proxy or a login page between?`,
        );
      return {
        status: reply.status,
        body: said ?? null,
        etag: reply.headers.get('etag'),
        next: nextOf(reply.headers.get('link')),
      };
    }
  }

  /** An answer that must be an object. */
  async object(path: string, request: ForgeRequest = {}): Promise<ForgeAnswer & { body: JsonObject }> {
    const answer = await this.send(path, request);
    if (answer.status < 300 && !isJsonObject(answer.body))
      throw oddAnswer(request.method ?? 'GET', this.#urlOf(path), 'something else than an object');
    return { ...answer, body: isJsonObject(answer.body) ? answer.body : {} };
  }

  /**
   * All pages of a list. The answer of the first page says whether anything has changed. A list without an end fails: a
   * part of it could say the opposite of the whole.
   */
  async list(
    path: string,
    { etag, member }: { etag?: string; member?: string } = {},
  ): Promise<{ status: number; etag: string | null; all: JsonObject[] }> {
    const items = ({ status, body }: ForgeAnswer): JsonObject[] => {
      const found = member === undefined ? body : isJsonObject(body) ? body[member] : null;
      if (status !== 304 && !Array.isArray(found))
        throw oddAnswer('GET', this.#urlOf(path), 'something else than a list');
      return asList(found);
    };
    const first = await this.send(path, { etag });
    const all = items(first);
    let { next } = first;
    for (let page = 1; next !== null; page++) {
      if (page >= MOST_PAGES) throw oddAnswer('GET', this.#urlOf(path), `a list of more than ${MOST_PAGES} pages`);
      const more = await this.send(next);
      all.push(...items(more));
      ({ next } = more);
    }
    // with several pages a change may be on a later one, of which the first says nothing
    return { status: first.status, etag: first.next === null ? first.etag : null, all };
  }

  #urlOf(path: string): string {
    const { apiUrl } = this.access;
    const url = /^https?:\/\//.test(path) ? path : `${apiUrl}${path}`;
    if (!URL.canParse(url)) throw new PhasegateError('forge_unavailable', 'the forge gave a URL that is none');
    if (new URL(url).origin !== new URL(apiUrl).origin)
      throw new PhasegateError(
        'forge_rejected',
        `the forge points to another host, ${cut(new URL(url).host, 200)}, which must not get the token: is apiUrl right, or is there a login page between?`,
      );
    return url;
  }

  async #fetch(url: string, method: string, body: JsonValue | undefined, etag: string | undefined): Promise<Response> {
    const { headers, signal } = this.access;
    try {
      return await fetch(url, {
        method,
        headers: {
          accept: 'application/json',
          'user-agent': 'phasegate',
          ...headers,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(etag !== undefined && { 'if-none-match': etag }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        redirect: 'manual',
        signal: signal ? AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]) : AbortSignal.timeout(REQUEST_MS),
      });
    } catch (error) {
      throw this.#noAnswer(url, error);
    }
  }

  async #read(reply: Response, url: string): Promise<string> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const chunk of reply.body ?? []) {
        chunks.push(chunk as Uint8Array);
        size += (chunk as Uint8Array).length;
        if (size > MOST_BYTES)
          throw new PhasegateError('forge_unavailable', `${shownPath(url)}: the answer is too long`);
      }
    } catch (error) {
      if (error instanceof PhasegateError) throw error;
      throw this.#noAnswer(url, error);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  #noAnswer(url: string, error: unknown): unknown {
    const { signal, token } = this.access;
    if (signal?.aborted) return signal.reason;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const words = cause instanceof Error ? maskValues(cause.message, [token]) : 'no answer';
    return new PhasegateError('forge_unavailable', `${new URL(url).host} did not answer: ${cut(words, 300)}`);
  }

  #failure(method: string, url: string, reply: Response, text: string): PhasegateError {
    const { status, headers } = reply;
    const said = cut(maskCredentials(maskValues(wordsOf(text), [this.access.token])), 600);
    const pause = pauseOf(status, headers);
    const code: FailureCode = pause !== null ? 'forge_unavailable' : codeOf(status, said);
    const scopes = code === 'forge_forbidden' || code === 'forge_not_found' ? scopesText(headers) : '';
    const what = pause === null ? '' : ' (the forge limits the rate of requests)';
    return new PhasegateError(code, `${method} ${shownPath(url)}: ${status}${what} ${said}${scopes}`.trim(), {
      status,
      ...(pause !== null && { retryAfterMs: pause }),
    });
  }
}

/** An answer that says nothing, and must not be taken for one that says no. */
function oddAnswer(method: string, url: string, what: string): PhasegateError {
  return new PhasegateError('forge_unavailable', `${method} ${shownPath(url)}: the forge answered with ${what}`);
}

function codeOf(status: number, said: string): FailureCode {
  if (status === 401) return 'forge_auth_failed';
  if (/archived/i.test(said)) return 'forge_archived';
  if (status === 403) return 'forge_forbidden';
  if (status === 404 || status === 410) return 'forge_not_found';
  return status >= 500 || status === 408 ? 'forge_unavailable' : 'forge_rejected';
}

/** How long a forge wants to be left alone; null where the answer is no such wish. Milliseconds. */
function pauseOf(status: number, headers: Headers): number | null {
  if (status !== 429 && status !== 403 && status !== 503) return null;
  const after = headers.get('retry-after');
  const isSpent = [headers.get('x-ratelimit-remaining'), headers.get('ratelimit-remaining')].includes('0');
  if (status !== 429 && after === null && !isSpent) return null;
  const reset = Number(headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset') ?? Number.NaN);
  const wanted = after !== null ? waitOf(after) : Number.isFinite(reset) ? reset * 1_000 - Date.now() : 60_000;
  return Math.min(Math.max(1_000, wanted), LONGEST_PAUSE_MS);
}

/** `Retry-After`: seconds, or a date. */
function waitOf(text: string): number {
  const seconds = Number(text);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? ms : 60_000;
}

function scopesText(headers: Headers): string {
  const [has, wants] = [headers.get('x-oauth-scopes'), headers.get('x-accepted-oauth-scopes')];
  if (has === null && !wants) return '';
  return ` (the token has the scopes ${JSON.stringify(cut(has ?? '', 100))}${wants ? `, and one of ${JSON.stringify(cut(wants, 100))} is needed` : ''})`;
}

/** What a forge says of a failure: GitHub `message` and `errors`, GitLab `message` or `error`, as text or as a list. */
function wordsOf(text: string): string {
  const body = parse(text);
  if (!isJsonObject(body)) return '';
  const parts = [body.message, body.error, body.error_description, body.errors].flatMap(wordsIn);
  return [...new Set(parts)].join('; ');
}

function wordsIn(value: JsonValue | undefined): string[] {
  if (typeof value === 'string') return [value.replace(/[\p{Cc}\p{Cf}]+/gu, ' ')];
  if (Array.isArray(value)) return value.slice(0, 10).flatMap(wordsIn);
  if (!isJsonObject(value)) return [];
  if (typeof value.message === 'string') return wordsIn(value.message);
  const { field, code } = value;
  if (typeof field === 'string' && typeof code === 'string') return [`${field} is ${code}`];
  return Object.entries(value)
    .slice(0, 10)
    .map(([key, member]) => `${key} ${wordsIn(member).join(', ')}`.trim());
}

/** Without the host and the query, which say nothing that people need. */
function shownPath(url: string): string {
  return cut(new URL(url).pathname, 200);
}

function nextOf(link: string | null): string | null {
  return /<([^>]{1,2000})>;\s*rel="next"/.exec(link ?? '')?.[1] ?? null;
}

/** @returns undefined for what is no JSON */
function parse(text: string): JsonValue | undefined {
  try {
    return text === '' ? null : (JSON.parse(text) as JsonValue);
  } catch {
    return undefined;
  }
}

/** The objects of a list; nothing of anything else. */
export function asList(body: JsonValue | undefined): JsonObject[] {
  return Array.isArray(body) ? body.filter(isJsonObject) : [];
}

/** A field of an answer as a text; empty where it is none. */
export function textIn(value: JsonValue | undefined, key: string): string {
  const found = isJsonObject(value) ? value[key] : undefined;
  return typeof found === 'string' ? found : typeof found === 'number' ? String(found) : '';
}

/** The same of a field that every answer has. @throws PhasegateError `forge_unavailable` where it is missing */
export function wordIn(value: JsonValue | undefined, key: string): string {
  const found = textIn(value, key);
  if (found === '')
    throw new PhasegateError('forge_unavailable', `the forge answered with something that has no ${key}`);
  return found;
}

/** A field of an answer as an object; empty where it is none. */
export function objectIn(value: JsonValue | undefined, key: string): JsonObject {
  const found = isJsonObject(value) ? value[key] : undefined;
  return isJsonObject(found) ? found : {};
}
