import { Context } from '@temporalio/activity';

/** Well below the heartbeat time-out of 10 s, and what a killed worker loses at most of the phase's progress. */
const BEAT_MS = 2_000;

/**
 * Heartbeats on a timer for the whole activity, each with all that the next attempt must know: an agent that thinks
 * for minutes is alive, and a killed worker's progress is at most some seconds old. What is over sooner costs no
 * heartbeat:
 * each is a request that the server writes down.
 *
 * @param context - of the activity
 * @param details - read anew at every beat
 * @returns `beat`: does it now, which an activity that fails must; `stop`: ends the beating
 */
export function startHeartbeat(context: Context, details: () => unknown): { beat: () => void; stop: () => void } {
  const beat = (): void => context.heartbeat(details());
  const timer = setInterval(beat, BEAT_MS);
  return { beat, stop: () => clearInterval(timer) };
}

/**
 * An activity that beats while it works, so that it begins again soon when its worker is killed.
 *
 * @param work - an activity that tells its next attempt nothing but its failures (asApplicationFailure)
 */
export function beating<A extends unknown[], R>(work: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    const context = Context.current();
    // Temporal waits for a local one without heartbeats, and not for long
    if (context.info.isLocal) return work(...args);
    // what the attempt before handed on stays until this one fails
    const { stop } = startHeartbeat(context, () => context.info.heartbeatDetails);
    try {
      return await work(...args);
    } finally {
      stop();
    }
  };
}
