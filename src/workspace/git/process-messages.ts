/** Why a process was stopped before it ended by itself. */
export type StopReason = 'timeout' | 'output' | 'aborted';

/** How a process ended. */
export interface ProcessEnd {
  code: number | null;
  stdout: Buffer;
  /** At most the first 8 KiB. */
  stderr: string;
  stopped: StopReason | null;
}

/** A program that the process host is to start. */
export interface ProgramStart {
  file: string;
  args: readonly string[];
  cwd: string;
  env: Record<string, string>;
  input: string | Uint8Array;
  timeoutMs: number;
  maxOutputBytes: number;
}

/** What the worker asks the process host to do: to start a program, or to stop it. */
export type HostRequest = (ProgramStart & { id: number }) | { id: number };

/** What the process host answers: the program's end, or why it could not be started. */
export type HostReply = { id: number } & (
  { end: ProcessEnd } | { error: { code: string | undefined; message: string } }
);
