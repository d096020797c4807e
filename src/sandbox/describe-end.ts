import type { CommandResult, SandboxLimits } from './sandbox.js';

/**
 * How a command ended, in words for people and agents: `exited with code 2`.
 *
 * @param limits - those that the command ran with
 * @param timeoutMs - the time that it had, in ms
 */
export function describeEnd(
  { end, exitCode, signal }: Pick<CommandResult, 'end' | 'exitCode' | 'signal'>,
  limits: SandboxLimits,
  timeoutMs: number,
): string {
  switch (end) {
    case 'exited':
      return `exited with code ${exitCode}${signal === null ? '' : ` (as after ${signal})`}`;
    case 'timed_out':
      return `was ended after its time of ${timeoutMs / 1_000} s`;
    case 'out_of_memory':
      return `was ended: it used more than ${inMiB(limits.memoryBytes)} of memory (PHASEGATE_SANDBOX_MEMORY)`;
    case 'too_many_processes':
      return `was ended: it had more than ${limits.processes} processes and threads (PHASEGATE_SANDBOX_PROCESSES)`;
    case 'disk_full':
      return `was ended: it wrote more than ${inMiB(limits.diskBytes)} to disk, or the disk is full (PHASEGATE_SANDBOX_DISK)`;
    case 'not_found':
      return 'exited with code 127: a program was not found in the sandbox';
    case 'not_executable':
      return 'exited with code 126: a file is not executable';
  }
}

function inMiB(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}
