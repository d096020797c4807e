import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PhasegateError } from '../../domain/failures.js';
import type { Reaper } from './reaper.js';
import type { ReapedGroup } from './running-groups.js';

export interface ServiceCommand {
  /** The name that people know: `PostgreSQL`. */
  name: string;
  file: string;
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** File that its output is appended to. */
  log: string;
  /** The user that it runs as, when that is not our own. */
  user?: { uid: number; gid: number };
  end: Omit<ReapedGroup, 'pid'>;
}

/** A process of the stack. */
export interface Service {
  readonly name: string;
  readonly pid: number;
  readonly log: string;
  /** Resolves when it has ended, with a text like `exit code 1`. */
  readonly ended: Promise<string>;
  /** Why it has ended, or undefined while it runs. */
  endedWith(): string | undefined;
  /** Ends it in good order and waits for its end. */
  stop(): Promise<void>;
}

/**
 * Starts a process in a group of its own, and hands it to the reaper. In its own group, Ctrl-C in the terminal does not
 * reach it before we can stop things in order. It throws `local_stack_failed` when it can't be started.
 */
export async function startService(command: ServiceCommand, reaper: Reaper): Promise<Service> {
  const { name, file, args, cwd, env, user, log } = command;
  if (reaper.isClosing)
    throw new PhasegateError('local_stack_failed', `${name} is not started: the stack is being stopped.`);
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, 'a', 0o600);
  const child = spawn(file, args, { cwd, env, ...user, detached: true, stdio: ['ignore', output, output] });
  closeSync(output);
  const { pid } = child;
  if (pid !== undefined) reaper.add({ pid, ...command.end });
  let why: string | undefined;
  const ended = endOf(child).then((text) => {
    why = text;
    if (pid !== undefined) reaper.gone(pid);
    return text;
  });
  if (pid === undefined)
    throw new PhasegateError('local_stack_failed', `${name} cannot be started (${file}): ${await ended}`);
  const stop = async (): Promise<void> => {
    reaper.stop(pid);
    await ended;
  };
  return { name, pid, log, ended, endedWith: () => why, stop };
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ? `ended by ${signal}` : `exit code ${code}`));
  });
}

/**
 * The beginning of the last words of a Go program, such as Temporal's server. A hundred lines of stack traces follow.
 */
const CRASH = /^(?:panic|fatal error): /;
const LONGEST_CRASH = 300;
/** A line of a log. The text before it belongs to an earlier start. */
const LOGGED = /^(?:time=|\{|\d{4}-)/;

/**
 * The last lines of a log, for a message; after a crash, the lines with which the crash begins. Empty when there are
 * none.
 */
export function lastLines(file: string, count = 12): string {
  try {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LONGEST_CRASH);
    const last = lines.findLastIndex((line) => CRASH.test(line) || LOGGED.test(line));
    const crashed = CRASH.test(lines[last] ?? '');
    return (crashed ? lines.slice(last, last + count) : lines.slice(-count)).join('\n');
  } catch {
    return '';
  }
}

/** Whether a process has ended by a crash of its own, as its log shows. */
export function hasCrashed(service: Service): boolean {
  return service.endedWith() !== undefined && CRASH.test(lastLines(service.log));
}

/**
 * Asks again and again until there is an answer.
 *
 * @param service - when this has ended, it gives up at once
 * @param probe - gives the answer, or undefined for "not yet"
 * @param timeoutMs - after this it gives up
 * @returns the answer
 * @throws PhasegateError `local_stack_failed` with the last lines of the service's log
 */
export async function waitUntilReady<T>(
  service: Service,
  probe: () => Promise<T | undefined>,
  timeoutMs: number,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined) return answer;
    const why =
      service.endedWith() ?? (Date.now() > deadline ? `not ready after ${Math.round(timeoutMs / 1000)} s` : undefined);
    if (why)
      throw new PhasegateError(
        'local_stack_failed',
        `${service.name} did not start: ${why}. Its log ${service.log} ends with:\n${lastLines(service.log)}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
