import { readFileSync, rmSync } from 'node:fs';
import { startOf } from './processes/process-identity.js';
import type { Reaper } from './processes/reaper.js';
import type { RunningGroup } from './processes/running-groups.js';

const TOLERANCE_MS = 10_000;

/**
 * Ends the processes of a stack whose parent and reaper were killed at the same time. A second Temporal server on the
 * same data would spoil the data.
 *
 * @param file - the file that {@link recordGroups} wrote; it is not an error when it is missing, or not one of ours
 * @returns how many processes there were
 */
export async function endLeftOver(file: string, reaper: Reaper): Promise<number> {
  const left = readGroups(file).filter(isRunning);
  for (const stage of [...new Set(left.map((group) => group.stage))].sort((a, b) => a - b)) {
    await Promise.all(left.filter((group) => group.stage === stage).map((group) => end(group, reaper)));
  }
  rmSync(file, { force: true });
  return left.length;
}

async function end(group: RunningGroup, reaper: Reaper): Promise<void> {
  reaper.add(group);
  reaper.stop(group.pid);
  const deadline = performance.now() + group.graceMs + TOLERANCE_MS;
  while (isRunning(group) && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  reaper.gone(group.pid);
}

function isRunning({ pid, since }: RunningGroup): boolean {
  return startOf(pid) === since;
}

function readGroups(file: string): RunningGroup[] {
  try {
    const groups = JSON.parse(readFileSync(file, 'utf8')) as unknown;
    return Array.isArray(groups) ? groups.filter(isGroup) : [];
  } catch {
    return [];
  }
}

function isGroup(value: unknown): value is RunningGroup {
  const { pid, since, stage, graceMs, signal } = (value ?? {}) as Record<string, unknown>;
  const isPid = Number.isInteger(pid) && (pid as number) > 1;
  return (
    isPid &&
    typeof since === 'string' &&
    typeof stage === 'number' &&
    typeof graceMs === 'number' &&
    typeof signal === 'string'
  );
}
