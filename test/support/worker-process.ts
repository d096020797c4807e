import { spawn, type ChildProcess } from 'node:child_process';
import { SETTINGS } from '../../src/config.js';
import type { TestStack } from './stack.js';
import { startable } from '../../src/local/startable.js';

const running = new Set<ChildProcess>();

/** Ends every worker that a test left behind: its process would keep the test's own alive. */
export function killWorkers(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** A worker in a process of its own, that a test may kill. */
export interface WorkerProcess {
  process: ChildProcess;
  /** What it wrote so far. */
  output(): string;
  /** Resolves when it takes work. */
  ready: Promise<void>;
  /** Resolves with the exit code (or the signal) when it has ended. */
  ended: Promise<number | NodeJS.Signals>;
}

export function startWorkerProcess({ config }: TestStack, more: NodeJS.ProcessEnv = {}): WorkerProcess {
  const settings = Object.entries(SETTINGS).map(([key, { name }]): [string, string] => [name, String(config[key as keyof typeof config])]);
  const durations = { PHASEGATE_MODEL_CALL_TIMEOUT: `${config.modelCallTimeoutMs}ms`, PHASEGATE_SHUTDOWN_GRACE: `${config.shutdownGraceMs}ms`, PHASEGATE_KEEP_CONVERSATIONS: `${Math.round(config.keepConversationsMs / 1_000)}s` };
  const env: NodeJS.ProcessEnv = { PATH: process.env.PATH, HOME: config.workspaceRoot, TEMPORAL_ADDRESS: process.env.PHASEGATE_TEST_TEMPORAL, TEST_KEY: 'k3y', ...Object.fromEntries<string>(settings), ...durations, ...more };
  const child = spawn(process.execPath, startable('src/worker.ts'), { env, stdio: ['ignore', 'ignore', 'pipe'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let text = '';
  const ready = new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('worker is ready')) resolve();
    });
    child.once('exit', () => reject(new Error(`the worker ended before it was ready:\n${text}`)));
  });
  ready.catch(() => undefined);
  const ended = new Promise<number | NodeJS.Signals>((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code ?? -1)));
  return { process: child, output: () => text, ready, ended };
}
