import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('./reaper.mjs', import.meta.url));

/** The order in which processes are ended: those that need others go first. */
export const STAGES = { worker: 0, temporal: 1, postgres: 2 } as const;

export interface ReapedGroup {
  /** Leader of a process group of its own. */
  pid: number;
  /** What asks it to end in good order. */
  signal: NodeJS.Signals;
  stage: number;
  /** After this it is killed. */
  graceMs: number;
}

/**
 * The process that ends all the others, also when this one is killed with SIGKILL (see `reaper.mjs`). Orderly stops take the same way, so that there is one.
 */
export class Reaper {
  private readonly child: ChildProcess;
  private closing = false;

  constructor() {
    // no inherited output: who reads ours through a pipe must not wait for the reaper
    this.child = spawn(process.execPath, [SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/', env: {} });
    this.child.stdin?.on('error', () => {});
    this.child.unref();
  }

  /** Process id of the reaper: as long as it lives, something of the stack may live. */
  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** True once everything is being ended: nothing may be started any more. */
  get isClosing(): boolean {
    return this.closing;
  }

  /** From now on the group ends with us. */
  add(group: ReapedGroup): void {
    this.tell({ add: group });
  }

  /** The group has ended by itself: its id may soon belong to somebody else. */
  gone(pid: number): void {
    this.tell({ gone: pid });
  }

  /** Ends one group in good order; its exit is seen by who started it. */
  stop(pid: number): void {
    this.tell({ stop: pid });
  }

  /** The folder is deleted when all groups have ended. */
  removeFolder(path: string): void {
    this.tell({ removeFolder: path });
  }

  /** Ends all groups, stage by stage, and waits until they are gone. */
  async finish(): Promise<void> {
    this.closing = true;
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.ref();
    const exited = once(this.child, 'exit');
    this.child.stdin?.end();
    await exited;
  }

  /** Makes a {@link finish} that is under way kill instead of ask. */
  hurry(): void {
    this.child.kill('SIGTERM');
  }

  private tell(message: object): void {
    this.child.stdin?.write(`${JSON.stringify(message)}\n`);
  }
}
