import { renameSync, writeFileSync } from 'node:fs';

/** A process group that the reaper ends. */
export interface ReapedGroup {
  /** The leader of a process group of its own. */
  pid: number;
  /** The signal that asks it to end in good order. */
  signal: NodeJS.Signals;
  stage: number;
  /** After this time it is killed. */
  graceMs: number;
}

/** A process of the stack. The time when it began tells it from a later process with the same pid. */
export type RunningGroup = ReapedGroup & { since: string };

/**
 * Notes which processes run, in one step. The next start finds them by this file when everything was killed with `kill
 * -9`.
 */
export function recordGroups(file: string, groups: readonly RunningGroup[]): void {
  const scratch = `${file}.new-${process.pid}`;
  writeFileSync(scratch, JSON.stringify(groups), { mode: 0o600 });
  renameSync(scratch, file);
}
