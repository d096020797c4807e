import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../domain/text/json.js';
import { answer } from './answer.js';
import { apiError } from './api-errors.js';
import { parseBehaviours, type Behaviour } from './behaviour.js';
import { BadRequest, parseChatRequest } from './chat-request.js';
import { FINGERPRINT } from './completion.js';
import { readJson, sendJson, sendText } from './http.js';
import { refuseTooLong } from './context-limit.js';
import { asksForSummary } from './default-agent.js';
import { PromptCache } from './prompt-cache.js';
import { RequestLog, type RequestRecord } from './request-log.js';
import { Scripts } from './scripts.js';

const ABOUT = `This is phasegate's scripted model server. It speaks the OpenAI chat completions API, and no model is behind it:
it answers each phase with tool calls whose JSON satisfies the schema in the request.

POST   /v1/chat/completions   an answer; not streamed
GET    /v1/models
PUT    /scripts/MODEL         a JSON array of behaviours for the next requests of MODEL, or {"behaviours": […], "exhaustive": true}
DELETE /scripts/MODEL
GET    /requests              the requests so far
`;

/** The server's answers by method and path. */
export class Routes {
  readonly scripts = new Scripts();
  readonly log = new RequestLog();
  readonly #cache = new PromptCache();
  readonly #delayMs: number;
  readonly #contextTokens: ReadonlyMap<string, number>;

  constructor(delayMs: number, contextTokens: Readonly<Record<string, number>> = {}) {
    this.#delayMs = delayMs;
    this.#contextTokens = new Map(Object.entries(contextTokens));
  }

  /** Answers one request. It never throws. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('x-served-by', FINGERPRINT);
    try {
      await this.#route(request, response);
    } catch (error) {
      if (response.destroyed || response.headersSent) return;
      const message = error instanceof Error ? error.message : String(error);
      const isTheirs = error instanceof BadRequest;
      const { status, body } = isTheirs
        ? apiError(400, { message, param: error.param, code: error.code })
        : apiError(500, { message: `scripted model server: ${message}` });
      sendJson(response, status, body);
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const script = /^\/scripts\/(.+)$/.exec(path)?.[1];
    if (script !== undefined) return this.#script(decodeURIComponent(script), request, response);
    switch (`${request.method} ${path}`) {
      case 'POST /v1/chat/completions':
        return this.#complete(request, response);
      case 'GET /v1/models':
        return sendJson(response, 200, { object: 'list', data: this.#models() });
      case 'GET /requests':
        return sendJson(
          response,
          200,
          this.log.records.map((record) => ({ ...record })),
        );
      case 'GET /':
        return sendText(response, 200, 'text/plain', ABOUT);
      default:
        return sendJson(
          response,
          404,
          apiError(404, { message: `no such route: ${request.method} ${path}`, code: null }).body,
        );
    }
  }

  async #complete(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readJson(request);
    const chat = parseChatRequest(body);
    const { model, messages } = chat;
    const record: RequestRecord = { at: new Date().toISOString(), model, messages: messages.length, body: chat.body };
    this.log.add(record, JSON.stringify(body).length);
    response.once('close', () => {
      if (!response.writableFinished) record.leftAt = new Date().toISOString();
    });
    refuseTooLong(chat, this.#contextTokens.get(model) ?? Infinity);
    const behaviour = asksForSummary(chat) ? {} : this.scripts.next(model);
    if (behaviour === 'exhausted') throw new Error(`script exhausted: no behaviour is left for the model ${model}`);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    await sleep(this.#delayMs, undefined, { signal: gone.signal });
    await answer(chat, behaviour, response, { cache: this.#cache, signal: gone.signal });
  }

  async #script(model: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'DELETE') {
      this.scripts.clear(model);
    } else if (request.method === 'PUT') {
      const body = await readJson(request);
      const { behaviours, exhaustive } = (Array.isArray(body) ? { behaviours: body } : (body ?? {})) as Record<
        string,
        unknown
      >;
      this.scripts.set(model, parsed(behaviours), exhaustive === true);
    } else {
      return sendJson(response, 405, apiError(405, { message: 'PUT or DELETE a script' }).body, {
        allow: 'PUT, DELETE',
      });
    }
    response.writeHead(204).end();
  }

  #models(): JsonObject[] {
    const used = this.log.records.map((record) => record.model);
    const names = new Set(['scripted-model', ...this.scripts.models(), ...used]);
    return [...names].map((id) => ({ id, object: 'model', created: 0, owned_by: FINGERPRINT }));
  }
}

function parsed(behaviours: unknown): Behaviour[] {
  try {
    return parseBehaviours(behaviours);
  } catch (error) {
    throw new BadRequest((error as Error).message);
  }
}
