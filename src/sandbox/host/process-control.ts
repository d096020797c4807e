import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { RefusedSandbox } from './refused.js';

/** The worker goes first when there is little time or memory. */
const NICENESS = 5;
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

/** @throws RefusedSandbox when the program can't be started */
export function exitOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new RefusedSandbox(error.message)));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

/** Lowers the rank of a command's processes, where the system lets us. */
export function yieldToWorker(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, NICENESS);
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(FIRST_TO_BE_KILLED));
  } catch {
    // it has ended, or there is no such file
  }
}
