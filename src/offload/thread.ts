// The second thread of a worker. It does one job after another. When a job takes too long, the thread is killed with
// it.
import { parentPort } from 'node:worker_threads';
import { JOBS, type JobReply, type JobRequest } from './jobs.js';

parentPort?.on('message', (request: JobRequest) => void run(request));

async function run({ id, name, args }: JobRequest): Promise<void> {
  try {
    const job = (await JOBS[name]()) as (...given: unknown[]) => unknown;
    answer({ id, begun: true });
    answer({ id, result: await job(...args) });
  } catch (error) {
    answer({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

function answer(reply: JobReply): void {
  parentPort?.postMessage(reply);
}
