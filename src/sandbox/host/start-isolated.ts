import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { bwrapArguments } from '../bwrap/arguments.js';
import { capNumbers, limitWords } from '../bwrap/process-cap.js';
import { syscallFilter } from '../bwrap/syscall-filter.js';
import type { CommandTask, SandboxSetup } from './messages.js';
import { RefusedSandbox } from './refused.js';
import {
  exitOf,
  firstProcess,
  inGroup,
  killFirst,
  killProcess,
  whileRunning,
  yieldToWorker,
} from './process-control.js';
import type { StartPlace, Started } from './started.js';
import { joinTalk, standardStreams } from './talk.js';

/** An ordinary user may have so many threads, all sandboxes together: the watcher is quicker, this stops bombs. */
const THREADS_OF_USER = 4;
/** After so long bubblewrap itself is killed, too. */
const KILL_ALL_MS = 3_000;

const FILTER = syscallFilter();

/** Starts a command in bubblewrap. */
export async function startIsolated(setup: SandboxSetup, command: CommandTask, place: StartPlace): Promise<Started> {
  const { limits, processCap } = setup;
  const nproc = process.geteuid?.() === 0 ? [] : [`--nproc=${THREADS_OF_USER * limits.processes}`];
  const limited =
    setup.prlimit === null
      ? []
      : [setup.prlimit, '--core=0', `--data=${limits.memoryBytes}`, `--fsize=${limits.diskBytes}`, ...nproc];
  // the command waits until its cap is set; another command must not find this descriptor open
  const isGated = processCap?.by === 'numbers';
  const [file = '', ...args] = [
    ...inGroup(place.group),
    ...limited,
    ...[setup.bwrap, '--json-status-fd', '3', '--args', '4'],
    ...(FILTER === null ? [] : ['--seccomp', '5']),
    ...(isGated ? ['--block-fd', '6'] : []),
    ...['--', ...firstProcess(limitWords(processCap)), ...place.argv],
  ];
  const child = spawn(file, args, {
    env: {},
    cwd: '/',
    detached: true,
    stdio: [...standardStreams(place), 'pipe', 'pipe', 'pipe', ...(isGated ? (['pipe'] as const) : [])],
  });
  joinTalk(child, place);
  const [status, input, filter, gate] = child.stdio.slice(3) as [Readable, Writable, Writable, Writable?];
  let said = '';
  let hasCap = gate === undefined;
  let isRefused = false;
  status.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    const first = root();
    if (first === null || hasCap || processCap?.by !== 'numbers') return;
    hasCap = true;
    void capNumbers(processCap, first).then((isTaken) => {
      if (isTaken) return gate?.end('go');
      isRefused = true;
      killAll();
    });
  });
  const read = new Promise<void>((resolve) => status.once('close', () => resolve()));
  // arguments of a process can be read by everybody; these have values of the environment in them
  for (const stream of [input, filter, gate]) stream?.on('error', () => undefined);
  filter.end(FILTER);
  input.end(bwrapArguments(setup, command, place).join('\0') + '\0');
  yieldToWorker(child.pid);
  const root = (): number | null => numberIn(said, 'child-pid');
  let isKilled = false;
  const ended = exitOf(child).then(async ({ signal }) => {
    await read;
    const code = numberIn(said, 'exit-code');
    if (code !== null) return { code, signal: null };
    // we may end it before it has told that the command runs
    if ((signal !== null || isKilled) && !isRefused) return { code: null, signal: signal ?? 'SIGKILL' };
    throw new RefusedSandbox(
      isRefused ? 'The kernel took no limit of its process ids.' : 'bubblewrap did not start the command.',
    );
  });
  const killAll = whileRunning(child, () => {
    isKilled = true;
    killProcess(-(child.pid ?? 0));
  });
  const kill = whileRunning(child, () => {
    isKilled = true;
    const first = root();
    if (first === null) return killAll();
    // all the others end with it; bubblewrap then tells us when that is done
    killFirst(first);
    setTimeout(killAll, KILL_ALL_MS).unref();
  });
  return { root, kill, ended };
}

function numberIn(status: string, name: string): number | null {
  const found = new RegExp(`"${name}": (\\d+)`).exec(status)?.[1];
  return found === undefined ? null : Number(found);
}
