/** What a contender's process is asked for. */
export interface Request {
  id: number;
  command: string;
  argument: unknown;
}

/** What it answers; the first message, with id 0, says that it is ready. */
export type Response = { id: number; result: unknown } | { id: number; error: string };

/** The command `runs`. */
export interface RunsJob {
  runs: number;
  phases: number;
  /** How many runs are under way at the same time. */
  atOnce: number;
}

/** What `runs` gives. */
export interface RunsDone {
  /** From the first start to the last end, in milliseconds. */
  wallMs: number;
  /** Of each run, from its start to its result, in milliseconds. */
  runMs: number[];
  /** Names of the runs, in their engine's own terms. */
  ids: string[];
}
