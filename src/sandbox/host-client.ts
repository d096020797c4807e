import { fileURLToPath } from 'node:url';
import { PhasegateError } from '../domain/failures.js';
import { HelperProcess } from '../helper-process.js';
import type { CommandTask, HostReply, SandboxSetup } from './host/messages.js';
import type { CommandResult, SandboxCommand } from './sandbox.js';

/** A host that takes longer to clean up is left to itself. */
const LONGEST_END_MS = 20_000;

/** The process that runs commands, as the worker sees it: see host/host.ts. */
const HOST = new HelperProcess<{ setup: SandboxSetup; command: CommandTask }, HostReply>({
  script: fileURLToPath(new URL('host/host-entry.mjs', import.meta.url)),
  name: 'the process that runs commands',
  env: () => ({ PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin' }),
});

/**
 * Runs a command to its end.
 *
 * @throws what the signal was aborted with
 * @throws PhasegateError `sandbox_unavailable` when this command got no sandbox
 */
export async function runInHost(setup: SandboxSetup, { signal, ...command }: SandboxCommand): Promise<CommandResult> {
  signal.throwIfAborted();
  try {
    return resultOf(await HOST.ask({ setup, command }, { stop: true }, signal));
  } finally {
    // what it was aborted with counts more than how the command then ended
    signal.throwIfAborted();
  }
}

/** Ends this process's host, where there is one, with all commands and what they left on disk. */
export async function endHost(): Promise<void> {
  await HOST.end(LONGEST_END_MS);
}

function resultOf(reply: HostReply): CommandResult {
  if ('result' in reply) return reply.result;
  const { message, isRefusal } = reply.error;
  throw isRefusal ? new PhasegateError('sandbox_unavailable', message) : new Error(message);
}
