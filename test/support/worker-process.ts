import { spawn, type ChildProcess } from 'node:child_process';
import { delimiter } from 'node:path';
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
  const settings = Object.entries(SETTINGS).map(([key, { name }]): [string, string] => [
    name,
    spelled(key, config[key as keyof typeof config]),
  ]);
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: config.workspaceRoot,
    TEMPORAL_ADDRESS: process.env.PHASEGATE_TEST_TEMPORAL,
    TEST_KEY: 'k3y',
    ...Object.fromEntries<string>(settings),
    ...more,
  };
  const child = spawn(process.execPath, startable('worker.ts'), { env, stdio: ['ignore', 'ignore', 'pipe'] });
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
  const ended = new Promise<number | NodeJS.Signals>((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? code ?? -1)),
  );
  return { process: child, output: () => text, ready, ended };
}

/** A setting as its variable has it: times are durations, and long ones have too many digits of milliseconds. */
function spelled(key: string, value: string | number | string[]): string {
  if (Array.isArray(value)) return value.join(key === 'sandboxRead' ? delimiter : ',');
  if (!key.endsWith('Ms') || value === 0) return String(value);
  return Number(value) % 1_000 === 0 ? `${Number(value) / 1_000}s` : `${value}ms`;
}
