import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

interface Waiting<Reply> {
  resolve: (reply: Reply) => void;
  reject: (error: Error) => void;
}

export interface HelperKind {
  /** Absolute path of the module that the process runs. */
  script: string;
  /** For the error when it has ended: `the process that runs commands`. */
  name: string;
  /** Its whole environment. It is asked for each time that the process begins. */
  env: () => Record<string, string>;
}

/**
 * A process that works for this one, one at a time. It begins with the first request, and anew when it was killed.
 * Requests and replies belong together by their `id`.
 */
export class HelperProcess<Request extends object, Reply extends { id: number }> {
  readonly #kind: HelperKind;
  #current: Running<Request, Reply> | null = null;
  #requests = 0;

  constructor(kind: HelperKind) {
    this.#kind = kind;
  }

  /**
   * Sends a request, and waits for its reply.
   *
   * @param stop - is sent with the request's `id` when the signal fires. The reply is awaited then, too.
   * @throws Error when the process ends before it replies
   */
  async ask(request: Request, stop: object, signal?: AbortSignal): Promise<Reply> {
    const running = (this.#current ??= this.#begin());
    const id = ++this.#requests;
    const sendStop = (): void => running.send({ ...stop, id });
    const reply = running.ask({ ...request, id });
    signal?.addEventListener('abort', sendStop);
    if (signal?.aborted) sendStop();
    try {
      return await reply;
    } finally {
      signal?.removeEventListener('abort', sendStop);
    }
  }

  /**
   * Ends the process, where there is one, and waits until it has cleaned up.
   *
   * @param longestMs - after this time it is left to itself
   */
  async end(longestMs: number): Promise<void> {
    await this.#current?.end(longestMs);
  }

  #begin(): Running<Request, Reply> {
    const running: Running<Request, Reply> = new Running(this.#kind, () => {
      if (this.#current === running) this.#current = null;
    });
    return running;
  }
}

/** One such process, from its beginning to its end. */
class Running<Request extends object, Reply extends { id: number }> {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting<Reply>>();
  readonly #ended: () => void;

  constructor({ script, name, env }: HelperKind, ended: () => void) {
    this.#ended = ended;
    // it gets nothing of this process's environment but what its kind says, and a session of its own, so that Ctrl-C in
    // a terminal does not end it
    this.#process = fork(script, [], {
      execArgv: [],
      env: env(),
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    });
    this.#process.on('message', (reply: Reply) => this.#settle(reply));
    this.#process.on('error', (error) => this.#fail(error));
    this.#process.on('exit', (code, signal) => this.#fail(new Error(`${name} has ended (${signal ?? code})`)));
    this.#keepAlive();
  }

  ask(request: Request & { id: number }): Promise<Reply> {
    const reply = new Promise<Reply>((resolve, reject) => this.#waiting.set(request.id, { resolve, reject }));
    this.#keepAlive();
    this.send(request);
    return reply;
  }

  send(message: object): void {
    // when a message can't be sent, the process has gone: its `exit` ends all waiting calls
    this.#process.send(message, () => undefined);
  }

  async end(longestMs: number): Promise<void> {
    const process = this.#process;
    if (process.exitCode !== null || process.signalCode !== null) return;
    const ended = once(process, 'exit');
    process.ref();
    process.disconnect();
    await Promise.race([ended, sleep(longestMs, undefined, { ref: false })]);
    process.unref();
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    this.#keepAlive();
    waiting?.resolve(reply);
  }

  #fail(error: Error): void {
    this.#ended();
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  /** When this process has nothing else to do, what it waits for keeps it alive, but the helper itself does not. */
  #keepAlive(): void {
    const keep = this.#waiting.size > 0 ? 'ref' : 'unref';
    this.#process[keep]();
    this.#process.channel?.[keep]();
  }
}
