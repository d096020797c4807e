import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Job, JobName, JobReply } from './jobs.js';

/** A job took longer, or more memory, than it may: the thread was killed with it. */
export class TookTooLong extends Error {
  override readonly name = 'TookTooLong';

  constructor(readonly limit: string) {
    super(`took longer than ${limit}`);
  }
}

/** How long a job may take, once all is loaded. Wide: other processes may want the same cores. */
const LIMIT_MS: Readonly<Record<JobName, number>> = {
  ...{ examineSchemas: 10_000, judgeBytes: 10_000, searchTexts: 2_000, matchPaths: 2_000 },
  ...{ readLines: 5_000, editText: 5_000, layOutJson: 5_000, readReply: 5_000 },
};
/** To start the thread and load what a job needs. */
const LOAD_MS = 60_000;
/** A thread without work gives its memory back. */
const IDLE_MS = 30_000;
const MEMORY_MB = 512;

interface Waiting {
  name: JobName;
  args: unknown[];
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

const queue: Waiting[] = [];
let current: Thread | null = null;

/**
 * Does a job beside the one thread that all runs share: what texts of agents and people can make as slow as they like.
 * Jobs are done one after another, in a thread that begins with the first of them.
 *
 * @throws TookTooLong when it took longer than it may, or more memory
 */
export function offload<N extends JobName>(name: N, ...args: Parameters<Job<N>>): Promise<Awaited<ReturnType<Job<N>>>> {
  return new Promise((resolve, reject) => {
    queue.push({ name, args, resolve: resolve as (result: unknown) => void, reject });
    next();
  });
}

function next(): void {
  if (queue.length === 0) return;
  current ??= new Thread();
  if (current.isFree) current.take(queue.shift()!);
}

class Thread {
  readonly #worker: Worker;
  #job: Waiting | null = null;
  #jobs = 0;
  #timer: NodeJS.Timeout | undefined;

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

  #hear(reply: JobReply): void {
    const job = this.#job;
    if (job === null || reply.id !== this.#jobs) return;
    if ('begun' in reply) {
      const limit = LIMIT_MS[job.name];
      this.#after(limit, () => this.#end(new TookTooLong(`${limit / 1_000} s`)));
      return;
    }
    this.#job = null;
    // a process with nothing else to do does not stay for it
    this.#worker.unref();
    this.#after(IDLE_MS, () => this.#end(new Error('idle'))).unref();
    if ('error' in reply) job.reject(new Error(`${job.name}: ${reply.error}`));
    else job.resolve(reply.result);
    next();
  }

  /** Ends the thread, and fails its job; the next job gets another thread. */
  #end(error: Error): void {
    if (current === this) current = null;
    clearTimeout(this.#timer);
    const job = this.#job;
    this.#job = null;
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
