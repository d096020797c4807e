import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { PACKAGE_ROOT } from '../src/package-root.js';
import { lastLines } from '../src/local/processes/processes.js';
import { STAGES, type Reaper } from '../src/local/processes/reaper.js';
import type { Place } from './contenders/place.js';
import type { Response, RunsDone, RunsJob } from './contenders/protocol.js';

/** How a contender's process is started. */
export interface ContenderCommand {
  name: string;
  /** Path below `bench/`, and its arguments. */
  script: string;
  args?: string[];
  /** A module that is loaded before it, below `bench/`. */
  before?: string;
  place: Place;
  log: string;
  cpuProf: string | null;
}

/** A contender at work in a process of its own. */
export interface ContenderProcess {
  readonly name: string;
  runs(job: RunsJob): Promise<RunsDone>;
  ask<T>(command: string, argument?: unknown): Promise<T>;
  stop(): Promise<void>;
}

/** Settings of the person's own that would make a contender use another server. */
const FOREIGN =
  /^(TEMPORAL_|PHASEGATE_|OPENAI_|ANTHROPIC_|LANGCHAIN_|LANGSMITH_|DBOS_|RESTATE_|DATABASE_URL$|PG[A-Z]|GIT_|NODE_OPTIONS$|npm_)/;

/** The environment of this process without a person's own settings. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.test(name)));
}

/** Starts a contender and waits until it is ready. */
export async function startContender(command: ContenderCommand, reaper: Reaper): Promise<ContenderProcess> {
  const { name, script, args = [], before, place, log, cpuProf } = command;
  const output = openSync(log, 'a', 0o600);
  const nodeArgs = [
    '--import',
    'tsx',
    ...(before ? ['--import', `./bench/${before}`] : []),
    ...(cpuProf ? ['--cpu-prof', `--cpu-prof-dir=${cpuProf}/${name}`] : []),
  ];
  const child = spawn(process.execPath, [...nodeArgs, `bench/${script}`, ...args], {
    cwd: PACKAGE_ROOT,
    env: { ...plainEnvironment(), BENCH_PLACE: JSON.stringify(place) },
    stdio: ['ignore', output, output, 'ipc'],
    detached: true,
  });
  closeSync(output);
  const pid = child.pid ?? 0;
  reaper.add({ pid, signal: 'SIGTERM', stage: STAGES.worker, graceMs: 10_000 });
  const ask = asker(child, name, log, () => reaper.gone(pid));
  await ask.ready;
  return {
    name,
    runs: (job) => ask('runs', job),
    ask,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.disconnect();
      await ended;
    },
  };
}

type Ask = { <T>(command: string, argument?: unknown): Promise<T>; ready: Promise<unknown> };

function asker(child: ChildProcess, name: string, log: string, gone: () => void): Ask {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let last = 0;
  let ended = false;
  const wait = (id: number) => new Promise<unknown>((resolve, reject) => void waiting.set(id, { resolve, reject }));
  const ready = wait(0);
  child.on('message', (response: Response) => {
    const asked = waiting.get(response.id);
    waiting.delete(response.id);
    if ('error' in response) asked?.reject(new Error(`${name}: ${response.error}`));
    else asked?.resolve(response.result);
  });
  child.once('exit', (code, signal) => {
    ended = true;
    gone();
    for (const { reject } of waiting.values())
      reject(new Error(`${name} has ended (${signal ?? code}). Its log ${log} ends with:\n${lastLines(log)}`));
  });
  const ask = <T>(command: string, argument?: unknown): Promise<T> => {
    if (ended) return Promise.reject(new Error(`${name} has ended`));
    const id = ++last;
    child.send({ id, command, argument });
    return wait(id) as Promise<T>;
  };
  return Object.assign(ask, { ready });
}
