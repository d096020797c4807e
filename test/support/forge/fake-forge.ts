import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
  method: string;
  /** Path with its query. */
  path: string;
  status: number;
  body: Record<string, unknown>;
}

export interface Answer {
  status?: number;
  /** A text is sent as it is: some other server answers. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** Answers that come before the usual ones: each once, for the first request whose method and path fit. */
interface Fault extends Answer {
  on: RegExp;
  /** Closes the connection instead. */
  drop?: boolean;
}

type Handler = (request: {
  method: string;
  path: string;
  query: URLSearchParams;
  body: Record<string, unknown>;
}) => Answer;

/**
 * A real HTTP server that behaves as a forge: tokens, ETags with 304, pages with `Link`, JSON errors. A subclass says what
 * there is.
 */
export abstract class FakeForge {
  readonly calls: Call[] = [];
  readonly faults: Fault[] = [];
  readonly #server: Server;
  token = 'forge-secret-token-1234567890';
  /** Headers of all answers. */
  headers: Record<string, string> = {};
  perPage = 100;

  constructor() {
    this.#server = createServer((request, response) => {
      void readBody(request).then((text) => {
        const method = request.method ?? 'GET';
        const path = request.url ?? '/';
        const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
        const at = this.faults.findIndex(({ on }) => on.test(`${method} ${path}`));
        const [fault] = at < 0 ? [] : this.faults.splice(at, 1);
        if (fault?.drop) return void request.socket.destroy();
        const answer = fault ?? this.#answer(request, method, path, body);
        const content =
          answer.body === undefined ? '' : typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
        const etag = `"${createHash('sha256').update(content).digest('hex').slice(0, 16)}"`;
        const isSame = method === 'GET' && request.headers['if-none-match'] === etag;
        const status = isSame ? 304 : (answer.status ?? 200);
        this.calls.push({ method, path, status, body });
        response.writeHead(status, {
          'content-type': 'application/json',
          ...(method === 'GET' && status < 400 && { etag }),
          ...this.headers,
          ...answer.headers,
        });
        response.end(isSame ? undefined : content);
      });
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get apiUrl(): string {
    return `http://${this.host}/api`;
  }

  /** Requests of this kind, as `METHOD /path` without the query. */
  count(pattern: RegExp): number {
    return this.calls.filter(({ method, path }) => pattern.test(`${method} ${path}`)).length;
  }

  protected abstract authorization(request: IncomingMessage): string | undefined;
  protected abstract handle: Handler;

  /** One page of a list, with the `Link` to the next. */
  protected page(items: readonly unknown[], path: string, query: URLSearchParams, wrap?: string): Answer {
    const size = Math.min(Number(query.get('per_page') ?? 30), this.perPage);
    const number = Number(query.get('page') ?? 1);
    const shown = items.slice((number - 1) * size, number * size);
    const next = new URLSearchParams(query);
    next.set('page', String(number + 1));
    const link = `<http://${this.host}/api${path}?${next.toString()}>; rel="next"`;
    return {
      body: wrap === undefined ? shown : { [wrap]: shown },
      headers: number * size < items.length ? { link } : {},
    };
  }

  #answer(request: IncomingMessage, method: string, path: string, body: Record<string, unknown>): Answer {
    if (this.authorization(request) !== this.token) return { status: 401, body: { message: 'Bad credentials' } };
    const url = new URL(path, this.apiUrl);
    return this.handle({ method, path: url.pathname.replace(/^\/api/, ''), query: url.searchParams, body });
  }
}

export const notFound = { status: 404, body: { message: 'Not Found' } } as const;

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
