import { allProcesses, memoryOf, withDescendants } from './processes.js';
import type { DiskUse } from './disk-use.js';
import type { CommandEnd, SandboxLimits } from '../sandbox.js';

/** How often processes are counted. A command can pass a limit for as long. */
const LOOK_MS = 200;
/** How often the disk is looked at, in looks. */
const DISK_LOOKS = 3;

export interface Watched {
  /** The first process; null as long as it is not known. */
  root(): number | null;
  limits: SandboxLimits;
  disk: DiskUse;
  /** Called once, when a limit is passed. */
  passed(end: CommandEnd): void;
}

const watched = new Set<Watched>();
let timer: NodeJS.Timeout | null = null;
let looks = 0;

/**
 * Watches a command's memory, processes and disk. One look serves all commands.
 *
 * @returns stops it
 */
export function watch(one: Watched): () => void {
  watched.add(one);
  timer ??= setInterval(look, LOOK_MS);
  return () => {
    watched.delete(one);
    if (watched.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

function look(): void {
  looks++;
  const processes = process.platform === 'linux' ? allProcesses() : [];
  for (const one of [...watched]) {
    if (looks % DISK_LOOKS === 0)
      void one.disk.isOver().then((isOver) => {
        if (isOver) end(one, 'disk_full');
      });
    const root = one.root();
    if (root === null) continue;
    const family = withDescendants(root, processes);
    const threads = family.reduce((sum, each) => sum + each.threads, 0);
    if (threads > one.limits.processes) end(one, 'too_many_processes');
    else if (isOverMemory(family, one.limits.memoryBytes)) end(one, 'out_of_memory');
  }
}

/** What processes share counts in each of them, so a sum that is too large is looked at more closely. */
function isOverMemory(family: Parameters<typeof memoryOf>[0], limit: number): boolean {
  const atMost = family.reduce((sum, { residentBytes }) => sum + residentBytes, 0);
  return atMost > limit && memoryOf(family) > limit;
}

function end(one: Watched, how: CommandEnd): void {
  if (watched.delete(one)) one.passed(how);
}
