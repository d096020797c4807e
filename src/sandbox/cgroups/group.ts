import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import type { CommandEnd } from '../../domain/check/check-run.js';
import type { SandboxLimits } from '../sandbox.js';
import type { Controller, GroupParent } from './find-groups.js';

/** The group of one command: the kernel counts what all of its processes use together. */
export interface Group {
  /** Files into which a process writes `0` to join. */
  join: readonly string[];
  /** The limit that was passed, as the kernel has counted; null for none. */
  passed(): CommandEnd | null;
  /** Call it when all processes have ended. */
  remove(): Promise<void>;
}

const NAME = 'phasegate-';
/** A command has so much less of the processor than the worker where both want it: 100 (version 1: 1024) is usual. */
const WEIGHT = { 1: 128, 2: 12 } as const;
/** Programs around the command that are in its group: the shell that joins, bubblewrap twice, and the first process. */
const OWN_PROCESSES = 4;
/** The group of a killed worker's command. A command that is being started is younger. */
const ABANDONED_MS = 10 * 60_000;
/** The kernel may need a moment until a process that has ended is no longer counted. */
const REMOVE_TRIES = 50;
const REMOVE_MS = 20;

/**
 * Makes a group with the limits of a command.
 *
 * @param parents - from `findGroups`
 * @throws what the kernel says when it refuses
 */
export function makeGroup(parents: readonly GroupParent[], limits: SandboxLimits): Group {
  const name = NAME + randomUUID();
  const made: { folder: string; parent: GroupParent }[] = [];
  const remove = async (): Promise<void> => {
    for (const { folder } of made) await removeFolder(folder);
  };
  try {
    for (const parent of parents) {
      removeAbandoned(parent.folder);
      const folder = join(parent.folder, name);
      mkdirSync(folder);
      made.push({ folder, parent });
      for (const controller of parent.controllers) LIMIT[controller](folder, parent.version, limits);
    }
  } catch (error) {
    void remove();
    throw error;
  }
  return {
    join: made.map(({ folder }) => join(folder, 'cgroup.procs')),
    passed: () => made.map(({ folder, parent }) => passedIn(folder, parent)).find((end) => end !== null) ?? null,
    remove,
  };
}

const LIMIT: Record<Controller, (folder: string, version: 1 | 2, limits: SandboxLimits) => void> = {
  pids: (folder, _, { processes }) => write(folder, 'pids.max', processes + OWN_PROCESSES),
  cpu: (folder, version) => write(folder, version === 1 ? 'cpu.shares' : 'cpu.weight', WEIGHT[version]),
  memory: (folder, version, { memoryBytes }) => {
    write(folder, version === 1 ? 'memory.limit_in_bytes' : 'memory.max', memoryBytes);
    // no swap on top of it, where the kernel counts that; and all of the command ends, not the largest process of it
    if (version === 1) tryWrite(folder, 'memory.memsw.limit_in_bytes', memoryBytes);
    else
      for (const [file, value] of [['memory.swap.max', 0] as const, ['memory.oom.group', 1] as const])
        tryWrite(folder, file, value);
  },
};

function passedIn(folder: string, { version, controllers }: GroupParent): CommandEnd | null {
  if (controllers.includes('pids') && countIn(folder, 'pids.events', 'max') > 0) return 'too_many_processes';
  const memory = version === 1 ? 'memory.oom_control' : 'memory.events';
  return controllers.includes('memory') && countIn(folder, memory, 'oom_kill') > 0 ? 'out_of_memory' : null;
}

function countIn(folder: string, file: string, name: string): number {
  try {
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(readFileSync(join(folder, file), 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function write(folder: string, file: string, value: number): void {
  writeFileSync(join(folder, file), String(value));
}

function tryWrite(folder: string, file: string, value: number): void {
  try {
    write(folder, file, value);
  } catch {
    // this kernel does not count it
  }
}

async function removeFolder(folder: string): Promise<void> {
  for (let n = 0; n < REMOVE_TRIES && !isRemoved(folder); n++) await after(REMOVE_MS);
}

function isRemoved(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

/** One that still has processes can't be removed. */
function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    const folder = join(parent, name);
    if (
      name.startsWith(NAME) &&
      Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > ABANDONED_MS
    )
      isRemoved(folder);
  }
}
