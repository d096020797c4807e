import type { Sandbox, SandboxCommand } from './sandbox.js';

/** How many commands run now, and how many wait for their turn. */
export interface CommandLoad {
  running: number;
  waiting: number;
}

export interface LimitedSandbox extends Sandbox {
  load: () => CommandLoad;
}

/**
 * A sandbox that runs only some commands at once. The others wait for their turn, in order. A command that waits can be
 * aborted, and its own time has not begun. A program that is talked with takes no place: it mostly waits, and lives as
 * long as the agent whose commands would wait for it.
 *
 * @param most - how many run at once
 */
export function limitedSandbox(sandbox: Sandbox, most: number): LimitedSandbox {
  const waiting: (() => void)[] = [];
  let running = 0;
  const turn = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (running < most) {
      running += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const begin = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        waiting.splice(waiting.indexOf(begin), 1);
        // what a signal was aborted with is given on as it is
        reject(signal.reason as Error);
      };
      waiting.push(begin);
      signal.addEventListener('abort', leave, { once: true });
    });
  };
  const end = (): void => {
    const next = waiting.shift();
    // the place goes to the next one as it is
    if (next) next();
    else running -= 1;
  };
  return {
    load: () => ({ running, waiting: waiting.length }),
    kind: sandbox.kind,
    about: sandbox.about,
    run: async (command: SandboxCommand) => {
      if (command.talk !== undefined) return await sandbox.run(command);
      await turn(command.signal);
      try {
        return await sandbox.run(command);
      } finally {
        end();
      }
    },
  };
}
