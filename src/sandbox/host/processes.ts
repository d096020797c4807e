import { readdirSync, readFileSync } from 'node:fs';

/** A process as /proc shows it. */
export interface ProcessFacts {
  pid: number;
  parent: number;
  threads: number;
  /** Memory that it has in use, shared or not, in bytes. It is no less than what it uses itself. */
  residentBytes: number;
}

const PAGE = 4096;
/** Names of /proc/PID/stat's fields, counted after the name of the program. */
const [PARENT, THREADS, RESIDENT] = [1, 17, 21];

/** All processes of the machine that can be seen. */
export function allProcesses(): ProcessFacts[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid)) return [];
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const [parent, threads, pages] = [PARENT, THREADS, RESIDENT].map((n) => Number(fields[n])) as [
        number,
        number,
        number,
      ];
      return [{ pid, parent, threads, residentBytes: pages * PAGE }];
    } catch {
      return []; // it has ended
    }
  });
}

/**
 * A process and all that it started, at any remove. What loses its parent in a sandbox becomes a child of the
 * sandbox's first process, so for that one these are all processes of the sandbox.
 */
export function withDescendants(root: number, processes: readonly ProcessFacts[]): ProcessFacts[] {
  const children = new Map<number, ProcessFacts[]>();
  for (const one of processes) {
    const siblings = children.get(one.parent);
    if (siblings) siblings.push(one);
    else children.set(one.parent, [one]);
  }
  const found = processes.filter(({ pid }) => pid === root);
  for (const { pid } of found) found.push(...(children.get(pid) ?? []));
  return found;
}

/** Memory of processes that the system can't take back, with shared memory counted once, in bytes. */
export function memoryOf(processes: readonly ProcessFacts[]): number {
  return processes.reduce((sum, { pid, residentBytes }) => sum + (ownMemory(pid) ?? residentBytes), 0);
}

function ownMemory(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
    const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
    return (kib('Pss_Anon') + kib('Pss_Shmem') + kib('SwapPss')) * 1024;
  } catch {
    return null;
  }
}

/** The number of threads of the whole machine. */
export function threadsOfMachine(): number {
  try {
    return Number(readFileSync('/proc/loadavg', 'latin1').split(/[ /]/)[4]);
  } catch {
    return 0;
  }
}
