import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startOf } from './process-identity.js';
import { recordGroups, type ReapedGroup, type RunningGroup } from './running-groups.js';

const SCRIPT = fileURLToPath(new URL('./reaper.mjs', import.meta.url));

/** The order in which processes are ended. Those that need others go first. */
export const STAGES = { worker: 0, temporal: 1, postgres: 2 } as const;

/**
 * A reaper that dies more often than this within the window is not replaced. {@link Reaper.finish} still starts one.
 */
const MOST_STARTS = 5;
const WINDOW_MS = 60_000;

/**
 * The process that ends all the others, also when this one is killed with SIGKILL (see `reaper.mjs`). An orderly stop
 * goes through it, too, so that there is only one way. When the reaper itself is killed, another takes its place and is
 * told everything that it knew.
 */
export class Reaper {
  #child: ChildProcess;
  readonly #groups = new Map<number, RunningGroup>();
  readonly #stopping = new Set<number>();
  readonly #folders = new Set<string>();
  #starts: number[] = [];
  #closing = false;
  #hurry = false;
  #record: string | undefined;
  /** Called when another process has taken its place. */
  onReplaced: () => void = () => undefined;

  constructor() {
    this.#child = this.#start();
  }

  /** Process id of the reaper. As long as it lives, a part of the stack may live. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** True when everything is being ended: nothing may be started any more. */
  get isClosing(): boolean {
    return this.#closing;
  }

  /** From now on this file has the groups that run. */
  recordIn(file: string): void {
    this.#record = file;
    this.#write();
  }

  /** From now on the group ends when we end. */
  add(group: ReapedGroup): void {
    this.#groups.set(group.pid, { ...group, since: startOf(group.pid) ?? '' });
    this.#tell({ add: group });
    this.#write();
  }

  /** The group has ended by itself. Its id may soon belong to somebody else. */
  gone(pid: number): void {
    this.#groups.delete(pid);
    this.#stopping.delete(pid);
    this.#tell({ gone: pid });
    this.#write();
  }

  /** Ends one group in good order. The code that started it sees its exit. */
  stop(pid: number): void {
    this.#stopping.add(pid);
    this.#tell({ stop: pid });
  }

  /** Deletes the folder when all groups have ended. */
  removeFolder(path: string): void {
    this.#folders.add(path);
    this.#tell({ removeFolder: path });
  }

  /** Ends all groups, stage by stage, and waits until they are gone. */
  async finish(): Promise<void> {
    this.#closing = true;
    for (let tries = 0; tries < MOST_STARTS; tries++) {
      if (isOver(this.#child)) this.#child = this.#start();
      const child = this.#child;
      child.ref();
      const exited = once(child, 'exit').catch(() => [null]) as Promise<[number | null]>;
      child.stdin?.end();
      if (this.#hurry) child.kill('SIGTERM');
      const [code] = await exited;
      // it was killed before it was done: another one ends the rest
      if (code === 0) break;
    }
    if (this.#record) rmSync(this.#record, { force: true });
  }

  /** Makes a {@link finish} that is under way kill the processes, and no longer ask them to end. */
  hurry(): void {
    this.#hurry = true;
    this.#child.kill('SIGTERM');
  }

  #start(): ChildProcess {
    // it does not inherit our output: a program that reads ours through a pipe must not wait for the reaper
    const stdio: StdioOptions = ['pipe', 'ignore', 'ignore'];
    const child = spawn(process.execPath, [SCRIPT], { stdio, detached: true, cwd: '/', env: {} });
    child.stdin?.on('error', () => {});
    child.once('error', () => this.#replace(child));
    child.once('exit', () => this.#replace(child));
    child.unref();
    // the id of a group that was stopped may be somebody else's by now
    for (const { since, ...group } of this.#groups.values()) {
      if (startOf(group.pid) === since) send(child, { add: group });
    }
    for (const pid of this.#stopping) send(child, { stop: pid });
    for (const folder of this.#folders) send(child, { removeFolder: folder });
    return child;
  }

  #replace(child: ChildProcess): void {
    if (child !== this.#child || this.#closing) return;
    this.#starts = [...this.#starts.filter((time) => performance.now() - time < WINDOW_MS), performance.now()];
    if (this.#starts.length > MOST_STARTS) return;
    this.#child = this.#start();
    this.onReplaced();
  }

  #tell(message: object): void {
    send(this.#child, message);
  }

  #write(): void {
    if (this.#record) recordGroups(this.#record, [...this.#groups.values()]);
  }
}

function send(child: ChildProcess, message: object): void {
  child.stdin?.write(`${JSON.stringify(message)}\n`);
}

function isOver({ exitCode, signalCode, pid }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}
