import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PhasegateError } from '../domain/failures.js';
import type { HostReply, HostRequest, SandboxSetup } from './host/messages.js';
import type { CommandResult, SandboxCommand } from './sandbox.js';

const HOST = fileURLToPath(new URL('host/host-entry.mjs', import.meta.url));

/** A host that takes longer to clean up is left to itself. */
const LONGEST_END_MS = 20_000;

interface Waiting {
  resolve: (result: CommandResult) => void;
  reject: (error: Error) => void;
}

/** The process that runs commands, as the worker sees it: see host/host.ts. */
export class CommandHost {
  static #current: CommandHost | null = null;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #requests = 0;

  /** Ends this process's host, where there is one, with all commands and what they left on disk. */
  static async end(): Promise<void> {
    if (CommandHost.#current === null) return;
    const host = CommandHost.#current.#process;
    if (host.exitCode !== null || host.signalCode !== null) return;
    const ended = once(host, 'exit');
    host.ref();
    host.disconnect();
    await Promise.race([ended, sleep(LONGEST_END_MS, undefined, { ref: false })]);
    host.unref();
  }

  /** This process's host. It begins with the first command, and anew when it was killed. */
  static running(): CommandHost {
    return (CommandHost.#current ??= new CommandHost());
  }

  private constructor() {
    // it gets nothing of this process's environment but PATH, and a session of its own, so that Ctrl-C in a terminal
    // does not end it
    this.#process = fork(HOST, [], {
      execArgv: [],
      env: { PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin' },
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    });
    this.#process.on('message', (reply: HostReply) => this.#settle(reply));
    this.#process.on('error', (error) => this.#end(error));
    this.#process.on('exit', (code, signal) =>
      this.#end(new Error(`the process that runs commands has ended (${signal ?? code})`)),
    );
    this.#keepAlive();
  }

  /**
   * Runs a command to its end.
   *
   * @throws what the signal was aborted with
   * @throws PhasegateError `sandbox_unavailable` when this command got no sandbox
   */
  async run(setup: SandboxSetup, { signal, ...command }: SandboxCommand): Promise<CommandResult> {
    signal.throwIfAborted();
    const id = ++this.#requests;
    const stop = (): void => this.#send({ id, stop: true });
    const end = new Promise<CommandResult>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#keepAlive();
    this.#send({ id, setup, command });
    signal.addEventListener('abort', stop);
    try {
      const result = await end;
      signal.throwIfAborted();
      return result;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #send(request: HostRequest): void {
    // when a message can't be sent, the host has gone: its `exit` ends all waiting calls
    this.#process.send(request, () => undefined);
  }

  #settle(reply: HostReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    this.#keepAlive();
    if ('result' in reply) return waiting?.resolve(reply.result);
    const { message, isRefusal } = reply.error;
    waiting?.reject(isRefusal ? new PhasegateError('sandbox_unavailable', message) : new Error(message));
  }

  #end(error: Error): void {
    if (CommandHost.#current === this) CommandHost.#current = null;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  /** When a process has nothing else to do, its commands keep it alive, but the host does not. */
  #keepAlive(): void {
    const keep = this.#waiting.size > 0 ? 'ref' : 'unref';
    this.#process[keep]();
    this.#process.channel?.[keep]();
  }
}
