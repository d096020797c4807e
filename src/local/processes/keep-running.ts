import type { Service } from './processes.js';

export interface KeepRunning {
  /** Starts it again, and waits until it works. */
  start: () => Promise<Service>;
  /** True when everything is being ended: then nothing is started again. */
  isClosing: () => boolean;
  say: (line: string) => void;
  /** The pause before each start; default 1 s. */
  pauseMs?: number;
}

/** After more starts than this within the window, another start would not help. */
const MOST_STARTS = 5;
const WINDOW_MS = 10 * 60_000;
const PAUSE_MS = 1_000;

/**
 * Starts a process of the stack again each time it dies, with a pause, at most 5 times within 10 minutes. It says so
 * each time.
 *
 * @param first - the running process
 * @returns a service that stands for all of its starts. It has ended when the process is no longer started again.
 */
export function keepRunning(first: Service, options: KeepRunning): Pick<Service, 'name' | 'log' | 'ended'> {
  return { name: first.name, log: first.log, ended: untilGivenUp(first, options) };
}

async function untilGivenUp(first: Service, options: KeepRunning): Promise<string> {
  const { start, isClosing, say, pauseMs = PAUSE_MS } = options;
  const { name, log } = first;
  let starts: number[] = [];
  let why = await first.ended;
  while (!isClosing()) {
    starts = starts.filter((time) => performance.now() - time < WINDOW_MS);
    if (starts.length >= MOST_STARTS) return `${why}, after ${MOST_STARTS} new starts in ${WINDOW_MS / 60_000} minutes`;
    starts.push(performance.now());
    const count = `${starts.length} of at most ${MOST_STARTS} times in ${WINDOW_MS / 60_000} minutes`;
    say(`${name} has ended (${why}; its log: ${log}). It is started again, ${count} …`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (isClosing()) break;
    const again = await start().catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
    if (again instanceof Error) {
      why = 'it did not start';
      if (!isClosing()) say(again.message);
      continue;
    }
    say(`${name} works again.`);
    why = await again.ended;
  }
  return why;
}
