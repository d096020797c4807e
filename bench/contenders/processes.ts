import { ChildProcess } from 'node:child_process';

/** Processes of one kind that were started, and how long starting them held this thread up, in milliseconds. */
export interface Started {
  count: number;
  blockedMs: number;
}

type Spawn = (options: { args?: readonly string[] }) => unknown;

let counts: Map<string, Started> | null = null;
const prototype = ChildProcess.prototype as unknown as { spawn: Spawn };
const plainSpawn = prototype.spawn;

/** Counts the processes that this one starts, by program and first argument: `begin` starts counting, `end` gives what was counted and stops. */
export function countProcesses(action: 'begin' | 'end'): Record<string, Started> {
  const counted = Object.fromEntries(counts ?? []);
  counts = action === 'begin' ? new Map() : null;
  prototype.spawn = action === 'begin' ? counting : plainSpawn;
  return counted;
}

function counting(this: unknown, options: { args?: readonly string[] }): unknown {
  const began = performance.now();
  try {
    return plainSpawn.call(this, options);
  } finally {
    const name = (options.args ?? []).slice(0, 2).join(' ');
    const sum = counts?.get(name) ?? { count: 0, blockedMs: 0 };
    counts?.set(name, { count: sum.count + 1, blockedMs: sum.blockedMs + performance.now() - began });
  }
}
