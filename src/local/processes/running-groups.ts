import { renameSync, writeFileSync } from 'node:fs';

/** A process group that the reaper ends. */
export interface ReapedGroup {
  /** Leader of a process group of its own. */
  pid: number;
  /** What asks it to end in good order. */
  signal: NodeJS.Signals;
  stage: number;
  /** After this it is killed. */
  graceMs: number;
}

/** A process of the stack, told from a later one with the same pid by when it began. */
export type RunningGroup = ReapedGroup & { since: string };

/** Writes down which processes run, in one step: who comes after a `kill -9` of everything finds them by it. */
export function recordGroups(file: string, groups: readonly RunningGroup[]): void {
  const scratch = `${file}.new-${process.pid}`;
  writeFileSync(scratch, JSON.stringify(groups), { mode: 0o600 });
  renameSync(scratch, file);
}
