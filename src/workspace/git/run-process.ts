import { channel } from 'node:diagnostics_channel';
import { fileURLToPath } from 'node:url';
import { HelperProcess } from '../../helper-process.js';
import type { HostReply, ProcessEnd, ProgramStart } from './process-messages.js';

export type { ProcessEnd } from './process-messages.js';

export interface ProcessLimits {
  signal?: AbortSignal;
  timeoutMs: number;
  maxOutputBytes: number;
  input?: string | Uint8Array;
}

/** Tells of every program that is started (`node:diagnostics_channel`): `{ file, args }`. */
export const PROCESS_CHANNEL = 'phasegate:process';
const started = channel(PROCESS_CHANNEL);
const HOST = new HelperProcess<ProgramStart, HostReply>({
  script: fileURLToPath(new URL('process-host.mjs', import.meta.url)),
  name: 'the process that starts programs',
  env: () => ({}),
});

/**
 * Runs a program without a shell, in a process group of its own, and waits for its end. When a limit is passed, the
 * signal fires or this process ends, the whole group gets SIGTERM, and 2 s later SIGKILL. It rejects only when the
 * program can't be started. A process of its own starts the program: see process-host.mjs.
 */
export async function runProcess(
  file: string,
  args: readonly string[],
  { cwd = '/', env }: { cwd?: string; env: Record<string, string> },
  { signal, timeoutMs, maxOutputBytes, input = '' }: ProcessLimits,
): Promise<ProcessEnd> {
  started.publish({ file, args });
  const reply = await HOST.ask({ file, args, cwd, env, input, timeoutMs, maxOutputBytes }, {}, signal);
  if ('error' in reply) throw Object.assign(new Error(reply.error.message), { code: reply.error.code });
  return { ...reply.end, stdout: Buffer.from(reply.end.stdout) };
}
