import { spawn } from 'node:child_process';

export interface CommandResult {
  /** Exit code 0. */
  ok: boolean;
  /** Standard output and error, in the order in which they came. */
  output: string;
}

/**
 * Runs a command to its end. It never throws.
 *
 * @param command - file and arguments
 * @param options - `giveUp` is asked twice a second with the elapsed ms; true kills the command and all that it started
 */
export async function runCommand(
  command: readonly [string, ...string[]],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; giveUp?: (elapsedMs: number) => boolean } = {},
): Promise<CommandResult> {
  const [file, ...args] = command;
  const began = Date.now();
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const watch = setInterval(() => {
    if (child.pid && options.giveUp?.(Date.now() - began)) process.kill(-child.pid, 'SIGKILL');
  }, 500);
  return await new Promise((resolve) => {
    const done = (ok: boolean, more = ''): void => {
      clearInterval(watch);
      resolve({ ok, output: output + more });
    };
    child.once('error', (error) => done(false, error.message));
    child.once('close', (code) => done(code === 0));
  });
}

/** A `giveUp` for {@link runCommand}: after this many milliseconds. */
export function after(ms: number): (elapsedMs: number) => boolean {
  return (elapsedMs) => elapsedMs > ms;
}
