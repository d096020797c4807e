import { allProcesses, memoryOf, threadsOfMachine, withDescendants } from './processes.js';
import type { DiskUse } from './disk-use.js';
import type { Group } from '../cgroups/group.js';
import type { CommandEnd } from '../../domain/check/check-run.js';
import type { SandboxLimits } from '../sandbox.js';

/** How often the machine's number of threads is read. That costs nothing, and shows a fork bomb early. */
const GLANCE_MS = 50;
/** So many new threads within a glance are looked at now. */
const SUDDEN = 50;
/** How often processes and memory are looked at, and the disk, in glances. */
const LOOK_GLANCES = 4;
const DISK_GLANCES = 12;

export interface Watched {
  /** The first process; null as long as it is not known. */
  root(): number | null;
  limits: SandboxLimits;
  group: Group;
  /** Whether the kernel limits memory and processes exactly, so that nothing else need be looked at. */
  isExact: boolean;
  disk: DiskUse;
  /** Called once, when a limit is passed. */
  passed(end: CommandEnd): void;
}

const watched = new Set<Watched>();
let timer: NodeJS.Timeout | null = null;
let glances = 0;
let threadsBefore = 0;

/**
 * Watches a command's memory, processes and disk. One look serves all commands.
 *
 * @returns stops it
 */
export function watch(one: Watched): () => void {
  watched.add(one);
  timer ??= setInterval(glance, GLANCE_MS);
  return () => {
    watched.delete(one);
    if (watched.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

function glance(): void {
  glances++;
  const threads = threadsOfMachine();
  const isSudden = threads - threadsBefore > SUDDEN;
  threadsBefore = threads;
  if (isSudden || glances % LOOK_GLANCES === 0) look();
  if (glances % DISK_GLANCES !== 0) return;
  for (const one of watched)
    void one.disk.isOver().then((isOver) => {
      if (isOver) end(one, 'disk_full');
    });
}

function look(): void {
  const isSeen = process.platform === 'linux' && [...watched].some(({ isExact }) => !isExact);
  const processes = isSeen ? allProcesses() : [];
  for (const one of [...watched]) {
    const passed = one.group.passed();
    if (passed !== null) end(one, passed);
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
