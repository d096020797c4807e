import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Job, JobName, JobReply } from './jobs.js';

/** A job took longer, or more memory, than it may. It was killed together with its thread. */
export class TookTooLong extends Error {
  override readonly name = 'TookTooLong';

  constructor(readonly limit: string) {
    super(`took longer than ${limit}`);
  }
}

/**
 * How long a job may take after everything is loaded, in milliseconds. The limit is wide, because other processes may
 * want the same cores. Tests that are not about it give jobs more time.
 */
export const LIMIT_MS: Record<JobName, number> = {
  readSource: 10_000,
  placeIssues: 10_000,
  examineSchemas: 10_000,
  readReply: 5_000,
  judgeBytes: 10_000,
  searchTexts: 2_000,
  artifactCheck: 5_000,
  matchPaths: 2_000,
  // planning has 3 s
  idlePatterns: 1_000,
  matchPatterns: 5_000,
  pageLines: 5_000,
  readPage: 5_000,
  tellRun: 15_000,
  withoutEcho: 10_000,
  editText: 5_000,
  layOutJson: 5_000,
};
/** When others wait, a job gives way after this time. */
const SHORT_MS = 250;
/** Time to start the thread and to load what a job needs. */
const LOAD_MS = 60_000;
/** A thread that has no work for this long ends, and its memory is free again. */
const IDLE_MS = 30_000;
const MEMORY_MB = 512;

interface Waiting {
  name: JobName;
  args: unknown[];
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

/** Every job begins as a short one. Jobs that turn out to be long have a thread of their own, one after another. */
type Lane = 'short' | 'long';
const queues: Record<Lane, Waiting[]> = { short: [], long: [] };
const threads: Record<Lane, Thread | null> = { short: null, long: null };

/**
 * Does a job outside the one thread that all runs share. Jobs work on texts of agents and people, and those can make
 * them take any time. Threads begin with the first job that needs them. No job waits for the end of a long one: it
 * waits at most {@link SHORT_MS} for each job before it.
 *
 * @throws TookTooLong when it took longer than it may, or more memory
 */
export function offload<N extends JobName>(name: N, ...args: Parameters<Job<N>>): Promise<Awaited<ReturnType<Job<N>>>> {
  return new Promise((resolve, reject) => {
    queues.short.push({ name, args, resolve: resolve as (result: unknown) => void, reject });
    next();
  });
}

function next(): void {
  if (queues.short.length > 0 && threads.short?.isLong) makeWay(threads.short);
  for (const lane of ['short', 'long'] as const) {
    if (queues[lane].length === 0) continue;
    const thread = (threads[lane] ??= new Thread());
    if (thread.isFree) thread.take(queues[lane].shift()!);
  }
}

/** A long job goes on where it is, if no other long job is at work. If one is, it is begun anew when its turn comes. */
function makeWay(thread: Thread): void {
  const other = threads.long;
  if (other === null || other.isFree) [threads.short, threads.long] = [other, thread];
  else queues.long.push(...thread.giveBack());
}

class Thread {
  readonly #worker: Worker;
  #job: Waiting | null = null;
  #jobs = 0;
  #timer: NodeJS.Timeout | undefined;
  #shortTimer: NodeJS.Timeout | undefined;
  /** Whether its job has taken longer than a short one. */
  isLong = false;

  constructor() {
    const here = import.meta.filename;
    const file = path.join(path.dirname(here), `thread${path.extname(here)}`);
    const entry = path.join(path.dirname(here), 'thread-entry.mjs');
    this.#worker = new Worker(entry, {
      workerData: { file },
      execArgv: [],
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    });
    this.#worker.on('message', (reply: JobReply) => this.#hear(reply));
    this.#worker.on('error', (error: NodeJS.ErrnoException) => {
      this.#end(
        error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new TookTooLong(`${MEMORY_MB} MiB of memory allow`) : error,
      );
    });
    this.#worker.on('exit', (code) => this.#end(new Error(`the second thread has ended (${code})`)));
  }

  get isFree(): boolean {
    return this.#job === null;
  }

  take(job: Waiting): void {
    this.#job = job;
    this.#worker.ref();
    this.#after(LOAD_MS, () => this.#end(new Error(`${job.name} could not be loaded within ${LOAD_MS / 1_000} s`)));
    this.#worker.postMessage({ id: ++this.#jobs, name: job.name, args: job.args });
  }

  /** Ends the thread without its job. */
  giveBack(): Waiting[] {
    const job = this.#letGo();
    this.#end(new Error('made way'));
    return job === null ? [] : [job];
  }

  #hear(reply: JobReply): void {
    if (this.#job === null || reply.id !== this.#jobs) return;
    if ('begun' in reply) return this.#begin(this.#job);
    const job = this.#letGo();
    // when a process has nothing else to do, this thread does not keep it alive
    this.#worker.unref();
    this.#after(IDLE_MS, () => this.#end(new Error('idle'))).unref();
    if ('error' in reply) job?.reject(new Error(`${job.name}: ${reply.error}`));
    else job?.resolve(reply.result);
    next();
  }

  #begin({ name }: Waiting): void {
    const limit = LIMIT_MS[name];
    this.#after(limit, () => this.#end(new TookTooLong(`${limit / 1_000} s`)));
    this.#shortTimer = setTimeout(() => {
      this.isLong = true;
      next();
    }, SHORT_MS);
  }

  #letGo(): Waiting | null {
    const job = this.#job;
    this.#job = null;
    this.isLong = false;
    clearTimeout(this.#shortTimer);
    return job;
  }

  /** Ends the thread, and fails its job; the next job gets another thread. */
  #end(error: Error): void {
    for (const lane of ['short', 'long'] as const) if (threads[lane] === this) threads[lane] = null;
    clearTimeout(this.#timer);
    const job = this.#letGo();
    void this.#worker.terminate();
    job?.reject(error);
    next();
  }

  #after(ms: number, action: () => void): NodeJS.Timeout {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, ms);
    return this.#timer;
  }
}
