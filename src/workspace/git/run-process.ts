import { fork, type ChildProcess } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import { fileURLToPath } from 'node:url';
import type { HostReply, HostRequest, ProcessEnd } from './process-messages.js';

export type { ProcessEnd } from './process-messages.js';

export interface ProcessLimits {
  signal?: AbortSignal;
  timeoutMs: number;
  maxOutputBytes: number;
  input?: string | Uint8Array;
}

/** Tells of every program that is started (`node:diagnostics_channel`): `{ file, args }`. */
export const PROCESS_CHANNEL = 'phasegate:process';
const started = channel(PROCESS_CHANNEL);
const HOST = fileURLToPath(new URL('process-host.mjs', import.meta.url));

/**
 * Runs a program without a shell, in a process group of its own, and waits for its end. When a limit is passed, the
 * signal fires or this process ends, the whole group gets SIGTERM, and 2 s later SIGKILL. It rejects only when the
 * program can't be started. A process of its own starts the program: see process-host.mjs.
 */
export function runProcess(
  file: string,
  args: readonly string[],
  { cwd = '/', env }: { cwd?: string; env: Record<string, string> },
  { signal, timeoutMs, maxOutputBytes, input = '' }: ProcessLimits,
): Promise<ProcessEnd> {
  started.publish({ file, args });
  return ProcessHost.running().ask({ file, args, cwd, env, input, timeoutMs, maxOutputBytes }, signal);
}

interface Waiting {
  resolve: (end: ProcessEnd) => void;
  reject: (error: Error) => void;
}

class ProcessHost {
  static #current: ProcessHost | null = null;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #requests = 0;

  /** This process's host. It begins with the first program, and anew when it was killed. */
  static running(): ProcessHost {
    return (ProcessHost.#current ??= new ProcessHost());
  }

  private constructor() {
    // it gets nothing of this process's environment, and a session of its own, so that Ctrl-C in a terminal does not
    // end it
    this.#process = fork(HOST, [], {
      execArgv: [],
      env: {},
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    });
    this.#process.on('message', (reply: HostReply) => this.#settle(reply));
    this.#process.on('error', (error) => this.#end(error));
    this.#process.on('exit', (code, signal) =>
      this.#end(new Error(`the process that starts programs has ended (${signal ?? code})`)),
    );
    this.#keepAlive();
  }

  ask(
    request: Omit<Extract<HostRequest, { file: string }>, 'id'>,
    signal: AbortSignal | undefined,
  ): Promise<ProcessEnd> {
    const id = ++this.#requests;
    const stop = (): void => this.#send({ id });
    const end = new Promise<ProcessEnd>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#keepAlive();
    this.#send({ id, ...request });
    signal?.addEventListener('abort', stop);
    if (signal?.aborted) stop();
    return end.finally(() => signal?.removeEventListener('abort', stop));
  }

  #send(request: HostRequest): void {
    // when a message can't be sent, the host has gone: its `exit` ends all waiting calls
    this.#process.send(request, () => undefined);
  }

  #settle(reply: HostReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    this.#keepAlive();
    if ('error' in reply) waiting?.reject(Object.assign(new Error(reply.error.message), { code: reply.error.code }));
    else waiting?.resolve({ ...reply.end, stdout: Buffer.from(reply.end.stdout) });
  }

  #end(error: Error): void {
    if (ProcessHost.#current === this) ProcessHost.#current = null;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  /** When a process has nothing else to do, its programs keep it alive, but the host does not. */
  #keepAlive(): void {
    const keep = this.#waiting.size > 0 ? 'ref' : 'unref';
    this.#process[keep]();
    this.#process.channel?.[keep]();
  }
}
