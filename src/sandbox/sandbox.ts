import type { CommandEnd } from '../domain/check/check-run.js';
import type { GitView } from '../domain/check/git-view.js';

/** What a command is given: its folder, its network, its environment and its time. */
export interface SandboxCommand {
  /** A string is given to `/bin/sh -c`; a list is executed as it is. */
  run: string | readonly string[];
  /** Absolute path. It is mounted as `/work/repo`, and is the working directory. */
  folder: string;
  /**
   * `throw_away`: the command sees its own changes, and the folder has none of them afterwards. `read`: it can change
   * nothing, and sees what others change; without isolation it sees a copy.
   */
  access: 'write' | 'throw_away' | 'read';
  /**
   * A folder that is the command's home, for what set-up downloads there (`~/go`, `~/.cargo`, `~/.m2`). Without it the
   * home is empty, and is deleted afterwards.
   */
  home?: { folder: string; access: 'write' | 'throw_away' };
  /** The repository's git folder, as the command sees it at its own place; null where it sees none. */
  git: GitView | null;
  /** A list has names of hosts that a proxy outside lets through, each with a port or without: `registry.npmjs.org`, `nexus:8081`. */
  network: 'none' | 'host' | readonly string[];
  /** Nothing else is in the environment but PATH, HOME, TMPDIR, LANG, TERM, and where the language's files are. */
  env: Readonly<Record<string, string>>;
  /** Values that are masked in the output. Values shorter than 6 characters are left as they are. */
  secrets: readonly string[];
  timeoutMs: number;
  /**
   * Path of a Unix socket that becomes its standard input and output, for a program that answers requests. Only its
   * standard error is in {@link CommandResult.output} then.
   */
  talk?: string;
  /** Ends everything that the command started. */
  signal: AbortSignal;
}

export interface CommandOutput {
  /**
   * Standard output and error together, at most 1 MiB: the head and the tail, with a note of what was left out between
   * them. It is valid UTF-8 without NUL, and secrets are masked.
   */
  text: string;
  /** Bytes that the command wrote. */
  bytes: number;
  /** sha256 of {@link text}, in hexadecimal. */
  sha256: string;
  truncated: boolean;
}

export interface CommandResult {
  end: CommandEnd;
  /** Null when the sandbox ended the command. */
  exitCode: number | null;
  /** The signal that ended the command, where it was one: the sandbox's, or what exit code 128 + n stands for. */
  signal: string | null;
  durationMs: number;
  output: CommandOutput;
}

/** What one command may use. A limit that is passed ends the command, with an outcome of its own. */
export interface SandboxLimits {
  memoryBytes: number;
  /** Processes and threads together. */
  processes: number;
  diskBytes: number;
}

/** What a sandbox is and does, for `doctor` and the log. */
export interface SandboxAbout {
  /** `bubblewrap 0.11.0 (/usr/bin/bwrap)` */
  what: string;
  /** What holds here. */
  holds: readonly string[];
  /** What does not hold here, and why. */
  lacks: readonly string[];
}

export interface Sandbox {
  readonly kind: 'bwrap' | 'none';
  readonly about: SandboxAbout;
  /**
   * Runs a command to its end. When it gives its result, nothing that the command started is left.
   *
   * @throws what the signal was aborted with
   * @throws PhasegateError `sandbox_unavailable` when this command got no sandbox
   */
  run(command: SandboxCommand): Promise<CommandResult>;
}
