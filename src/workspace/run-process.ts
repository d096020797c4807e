import { spawn } from 'node:child_process';
import { errnoOf } from './disk-failure.js';

export interface ProcessLimits {
  signal?: AbortSignal;
  timeoutMs: number;
  maxOutputBytes: number;
  input?: string | Uint8Array;
}

/** How a process ended; `stopped` names what made us stop it. */
export interface ProcessEnd {
  code: number | null;
  stdout: Buffer;
  /** At most the first 8 KiB. */
  stderr: string;
  stopped: 'timeout' | 'output' | 'aborted' | null;
}

const STDERR_LIMIT = 8 * 1024;
const KILL_AFTER_MS = 2_000;

/**
 * Runs a program without a shell, in a process group of its own, and waits for its end. When a limit is passed or the
 * signal fires, the whole group gets SIGTERM and 2 s later SIGKILL. Rejects only when the program can't be started.
 */
export function runProcess(
  file: string,
  args: readonly string[],
  place: { cwd?: string; env: Record<string, string> },
  limits: ProcessLimits,
): Promise<ProcessEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...place, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    let [size, stderr, stopped, killTimer] = [0, '', null as ProcessEnd['stopped'], undefined as NodeJS.Timeout | undefined];

    const stop = (why: NonNullable<ProcessEnd['stopped']>): void => {
      if (stopped !== null) return;
      stopped = why;
      killGroup(child.pid, 'SIGTERM');
      killTimer = setTimeout(() => killGroup(child.pid, 'SIGKILL'), KILL_AFTER_MS);
    };
    const onAbort = (): void => stop('aborted');
    const timer = setTimeout(() => stop('timeout'), limits.timeoutMs);
    limits.signal?.addEventListener('abort', onAbort);
    if (limits.signal?.aborted) onAbort();
    const cleanUp = (): void => {
      clearTimeout(timer);
      clearTimeout(killTimer);
      limits.signal?.removeEventListener('abort', onAbort);
    };

    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limits.maxOutputBytes) stop('output');
      else chunks.push(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(0, STDERR_LIMIT)));
    // a program that ends without reading its input is no failure of its own
    child.stdin.on('error', (error) => errnoOf(error) === 'EPIPE' || stop('aborted'));
    child.stdin.end(limits.input ?? '');
    child.on('error', (error) => (cleanUp(), reject(error)));
    child.on('close', (code) => (cleanUp(), resolve({ code, stdout: Buffer.concat(chunks), stderr, stopped })));
  });
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}
