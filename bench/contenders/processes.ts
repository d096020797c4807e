import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { PROCESS_CHANNEL } from '../../src/workspace/git/run-process.js';

let counts = new Map<string, number>();

/**
 * Counts the processes that the worker has started, by program and first argument: `begin` starts counting, `end` gives
 * what was counted and stops.
 */
export function countProcesses(action: 'begin' | 'end'): Record<string, number> {
  const counted = Object.fromEntries(counts);
  counts = new Map();
  if (action === 'begin') subscribe(PROCESS_CHANNEL, count);
  else unsubscribe(PROCESS_CHANNEL, count);
  return counted;
}

function count(message: unknown): void {
  const { file, args } = message as { file: string; args: readonly string[] };
  const name = [file, ...args.slice(0, 1)].join(' ');
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
