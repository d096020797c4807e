import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { Group } from '../cgroups/group.js';
import { RefusedSandbox } from './refused.js';

/**
 * The first process of a command. It waits for the command, and when it ends in a sandbox, the kernel ends all the
 * others before bubblewrap is told. The command has a lower rank than the worker, and than this process: to end
 * thousands of processes, their first one must get its turn. A shell's own command of that name is not taken.
 *
 * @param limitWords - what its shell says for the command alone, before it starts it
 */
export function firstProcess(limitWords = ''): string[] {
  return ['/bin/sh', '-c', `(${limitWords}exec nice -n 10 -- "$@"); exit $?`, 'sh'];
}

/** Words before those of a program, so that it is in the group of its command before it starts anything. */
export function inGroup({ join }: Pick<Group, 'join'>): string[] {
  const script = 'while [ "$1" != -- ]; do echo 0 > "$1" || exit 125; shift; done; shift; exec "$@"';
  return join.length === 0 ? [] : ['/bin/sh', '-c', script, 'sh', ...join, '--'];
}

const HIGHEST_RANK = -20;
/** The system ends a command before the worker when memory is short. */
const FIRST_TO_BE_KILLED = 500;

/** Calls `kill` only while the process runs: its id may be somebody else's when the process has ended. */
export function whileRunning(child: ChildProcess, kill: () => void): () => void {
  return () => {
    if (child.exitCode === null && child.signalCode === null) kill();
  };
}

/** Ends a process, or with a negative number a group. */
export function killProcess(pid: number): void {
  if (pid === 0) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended
  }
}

/** Ends the first process of a sandbox, and so all of it. It gets its turn at once where we may say so (as root). */
export function killFirst(pid: number): void {
  try {
    setPriority(pid, HIGHEST_RANK);
  } catch {
    // we are no root, or it has ended
  }
  killProcess(pid);
}

/** @throws RefusedSandbox when the program can't be started */
export function exitOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new RefusedSandbox(error.message)));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

/** Makes a command's processes the first that end when memory is short, where the system lets us. */
export function yieldToWorker(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(FIRST_TO_BE_KILLED));
  } catch {
    // it has ended, or there is no such file
  }
}
