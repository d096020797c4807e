import type { Place } from './place.js';
import type { Request, Response, RunsDone, RunsJob } from './protocol.js';

/** One way to do a run, in a process of its own: driver and worker together, for each contender alike. */
export interface Contender {
  /** Does one run of so many steps to its end; gives its name. */
  run(phases: number): Promise<string>;
  /** Further questions, by name. */
  commands?: Record<string, (argument: unknown) => Promise<unknown>>;
  stop(): Promise<void>;
}

/**
 * Brings a contender up and answers the bench over the process's channel until that closes.
 *
 * @param open - gets the place that the bench has made
 */
export async function serve(open: (place: Place) => Promise<Contender>): Promise<void> {
  const contender = await open(JSON.parse(process.env.BENCH_PLACE ?? '{}') as Place);
  const commands: Contender['commands'] = { runs: (job) => doRuns(contender, job as RunsJob), ...contender.commands };
  process.on('message', ({ id, command, argument }: Request) => {
    const work = commands[command] ?? (() => Promise.reject(new Error(`no command ${command}`)));
    work(argument).then(
      (result) => say({ id, result }),
      (error: unknown) => say({ id, error: describe(error) }),
    );
  });
  const end = () => void contender.stop().finally(() => process.exit(0));
  process.once('disconnect', end);
  process.once('SIGTERM', end);
  say({ id: 0, result: 'ready' });
}

/** An error with its causes: a failed workflow says why only there. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack ?? error.message}${error.cause === undefined ? '' : `\n  because of ${describe(error.cause)}`}`;
}

function say(response: Response): void {
  if (process.connected) process.send?.(response);
}

async function doRuns(contender: Contender, { runs, phases, atOnce }: RunsJob): Promise<RunsDone> {
  const [runMs, ids]: [number[], string[]] = [[], []];
  let started = 0;
  const began = performance.now();
  const lane = async (): Promise<void> => {
    while (started < runs) {
      const index = started++;
      const start = performance.now();
      ids[index] = await contender.run(phases);
      runMs[index] = performance.now() - start;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, runs) }, lane));
  return { wallMs: performance.now() - began, runMs, ids };
}
