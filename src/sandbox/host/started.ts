import type { Socket } from 'node:net';
import type { Group } from '../cgroups/group.js';
import type { CommandPlace } from '../bwrap/arguments.js';

/** Where a command is started, and what it is. */
export interface StartPlace extends CommandPlace {
  scratch: string;
  /** Descriptor of its output. */
  writer: number;
  /** What its standard input and output are joined with; null where it has none of its own. */
  talk: Socket | null;
  argv: readonly string[];
  group: Group;
}

/** A command that was started. */
export interface Started {
  /** The first of its processes, as the machine sees it; null as long as it is not known. */
  root(): number | null;
  /** Ends all of its processes. */
  kill(): void;
  /** Resolves when it has ended and nothing of it is left. It rejects with `RefusedSandbox`. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}
