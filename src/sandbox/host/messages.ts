import type { ProcessCap } from '../bwrap/process-cap.js';
import type { GroupParent } from '../cgroups/find-groups.js';
import type { CommandResult, SandboxCommand, SandboxLimits } from '../sandbox.js';

/** A folder or file of the machine that every command can read at its own place. */
export interface ReadOnlyPath {
  path: string;
  /** Where it appears. */
  at: string;
}

/** What is the same for all commands of a worker. */
export interface SandboxSetup {
  kind: 'bwrap' | 'none';
  /** Absolute path of bubblewrap; empty for `none`. */
  bwrap: string;
  /** Absolute path of `prlimit`, or null where there is none. */
  prlimit: string | null;
  /** Folder for what commands write beside their own folder. */
  scratch: string;
  limits: SandboxLimits;
  /** Where the kernel limits all processes of a command together. What it does not limit is watched. */
  groups: readonly GroupParent[];
  /** What caps the processes of a command where no group counts them; null where nothing does, or a group counts. */
  processCap: ProcessCap | null;
  /** PATH inside. */
  path: string;
  /** Variables that say where the language's own files are. */
  variables: Readonly<Record<string, string>>;
  /** The language's files outside of /usr. */
  readOnly: readonly ReadOnlyPath[];
  /** Whether changes that are thrown away are on disk. Otherwise they are in memory. */
  overlayOnDisk: boolean;
  /** Names of hosts that may have an address of a private network. */
  privateHosts: readonly string[];
}

export type CommandTask = Omit<SandboxCommand, 'signal'>;

export type HostRequest = { id: number; setup: SandboxSetup; command: CommandTask } | { id: number; stop: true };

export type HostReply =
  | { id: number; result: CommandResult }
  /** `isRefusal`: the sandbox could not be made, and `message` says why. */
  | { id: number; error: { message: string; isRefusal: boolean } };
