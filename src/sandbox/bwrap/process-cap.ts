import { spawn } from 'node:child_process';
import { release } from 'node:os';

/**
 * How the kernel caps a sandbox's processes where no control group counts them: a fork bomb can't take more than that
 * from the machine, however late the watcher gets its turn.
 *
 * - `rlimit`: RLIMIT_NPROC, which Linux 5.14 and newer count for each user namespace. It does not hold for the
 *   machine's root, also as another user of a namespace.
 * - `numbers`: the process ids that there can be, which each PID namespace has of its own since Linux 6.14. Only the
 *   machine's root may say how many.
 */
export type ProcessCap = { by: 'rlimit'; most: number } | { by: 'numbers'; most: number; nsenter: string };

const RLIMIT_SINCE = [5, 14] as const;
const NUMBERS_SINCE = [6, 14] as const;
/** Ids below this one are given only once, so that a cap of the ids starts above it. */
const RESERVED_IDS = 300;
const NUMBERS_MS = 10_000;

/**
 * What may hold here, the likeliest first. Only a probe tells whether it does. On an older kernel the number of ids is
 * the whole machine's, so that it must not be tried there.
 *
 * @param processes - the limit of a command. The cap is above it, so that the watcher sees that it is passed, and says so
 * @param nsenter - absolute path of the program, or null where there is none
 */
export function possibleCaps(processes: number, nsenter: string | null, kernel = release()): ProcessCap[] {
  const most = RESERVED_IDS + processes;
  return [
    ...(isSince(kernel, RLIMIT_SINCE) ? [{ by: 'rlimit', most } as const] : []),
    ...(isSince(kernel, NUMBERS_SINCE) && nsenter !== null ? [{ by: 'numbers', most, nsenter } as const] : []),
  ];
}

/** A command that is green where a cap like this one holds, and the cap with which it must run. */
export function capProbe(cap: ProcessCap): { run: string; cap: ProcessCap } {
  const start = (count: number): string => `for i in ${'1 '.repeat(count)}; do sleep 1 & done`;
  const most = RESERVED_IDS + 1;
  return cap.by === 'rlimit'
    ? { run: `(${start(8)}) && ! (${start(30)})`, cap: { ...cap, most: 20 } }
    : { run: `[ "$(cat /proc/sys/kernel/pid_max)" = ${most} ]`, cap: { ...cap, most } };
}

/** What a shell says before it starts the command. `-p` is what `-u` is in other shells. */
export function limitWords(cap: ProcessCap | null): string {
  return cap?.by === 'rlimit' ? `{ ulimit -u ${cap.most} 2>/dev/null || ulimit -p ${cap.most}; } || exit 125; ` : '';
}

/**
 * Says how many process ids a sandbox may have, before its command begins.
 *
 * @param pid - its first process
 * @returns whether the kernel took it
 */
export async function capNumbers({ most, nsenter }: ProcessCap & { by: 'numbers' }, pid: number): Promise<boolean> {
  const write = `echo ${most} > /proc/sys/kernel/pid_max`;
  const child = spawn(nsenter, ['--target', String(pid), '--pid', '--', '/bin/sh', '-c', write], {
    env: {},
    stdio: 'ignore',
    timeout: NUMBERS_MS,
    killSignal: 'SIGKILL',
  });
  return await new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

function isSince(kernel: string, [major, minor]: readonly [number, number]): boolean {
  const [, first = 0, second = 0] = (/^(\d+)\.(\d+)/.exec(kernel) ?? []).map(Number);
  return first > major || (first === major && second >= minor);
}
