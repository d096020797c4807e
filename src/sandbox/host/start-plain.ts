import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { baseVariables } from './base-variables.js';
import { allProcesses, withDescendants } from './processes.js';
import type { CommandTask, SandboxSetup } from './messages.js';
import { RefusedSandbox } from './refused.js';
import { exitOf, firstProcess, inGroup, killProcess, whileRunning, yieldToWorker } from './process-control.js';
import type { StartPlace, Started } from './started.js';
import { joinTalk, standardStreams } from './talk.js';

/** It is in the environment of all that a command starts, so that it is found again. */
const MARK = 'PHASEGATE_COMMAND';
/** Processes that start others while they are ended need more than one pass. */
const PASSES = 20;

/**
 * Starts a command without isolation, in a session of its own. Changes that are thrown away are made in a copy.
 *
 * @throws RefusedSandbox when the copy can't be made
 */
export async function startPlain(setup: SandboxSetup, command: CommandTask, place: StartPlace): Promise<Started> {
  const folder = command.access === 'write' ? command.folder : await copied(command.folder, place, 'copy');
  const home =
    command.home?.access === 'throw_away' ? await copied(command.home.folder, place, 'home-copy') : undefined;
  const mark = randomUUID();
  const [file = '', ...args] = [...inGroup(place.group), ...firstProcess(), ...place.argv];
  const child = spawn(file, args, {
    cwd: folder,
    env: {
      ...baseVariables(setup, { home: home ?? command.home?.folder ?? place.home, tmp: place.tmp }),
      ...command.env,
      [MARK]: mark,
    },
    detached: true,
    stdio: standardStreams(place),
  });
  joinTalk(child, place);
  yieldToWorker(child.pid);
  const group = -(child.pid ?? 0);
  const kill = (): void => {
    for (const { pid } of withDescendants(child.pid ?? 0, seen())) killProcess(pid);
    killProcess(group);
    endMarked(mark);
  };
  const ended = exitOf(child).then((exit) => {
    killProcess(group);
    endMarked(mark);
    return exit;
  });
  return { root: () => child.pid ?? null, kill: whileRunning(child, kill), ended };
}

async function copied(folder: string, { scratch }: StartPlace, name: string): Promise<string> {
  const copy = join(scratch, name);
  try {
    await promisify(execFile)('cp', ['-a', '--', folder, copy]);
  } catch (error) {
    throw new RefusedSandbox(
      `${folder} could not be copied: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return copy;
}

function seen(): ReturnType<typeof allProcesses> {
  return process.platform === 'linux' ? allProcesses() : [];
}

/** Ends what left the session: it still has the mark, unless it took it out of its environment. */
function endMarked(mark: string): void {
  if (process.platform !== 'linux') return;
  for (let pass = 0; pass < PASSES; pass++) {
    const found = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && hasMark(name, mark));
    if (found.length === 0) return;
    for (const pid of found) killProcess(Number(pid));
  }
}

function hasMark(pid: string, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`${MARK}=${mark}`);
  } catch {
    return false;
  }
}
