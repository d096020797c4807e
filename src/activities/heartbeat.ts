import { Context } from '@temporalio/activity';

/** Well below the heartbeat time-out of 10 s. A killed worker loses at most this much of the phase's progress. */
const BEAT_MS = 2_000;

/**
 * Heartbeats on a timer for the whole activity. Each has all that the next attempt must know. So Temporal knows that an
 * agent that thinks for minutes is alive, and the progress that a killed worker hands on is at most some seconds old.
 * An activity that is over sooner sends no heartbeat, because each is a request that the server writes down.
 * @param context - the activity's
 * @param details - read anew at every beat
 * @returns `beat` sends a heartbeat now: an activity that fails must do so. `stop` ends the heartbeats.
 */
export function startHeartbeat(context: Context, details: () => unknown): { beat: () => void; stop: () => void } {
  const beat = (): void => context.heartbeat(details());
  const timer = setInterval(beat, BEAT_MS);
  return { beat, stop: () => clearInterval(timer) };
}

/**
 * Makes an activity send heartbeats while it works, so that it begins again soon when its worker is killed.
 *
 * @param work - an activity whose next attempt needs to know nothing but its failures (asApplicationFailure)
 */
export function beating<A extends unknown[], R>(work: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    const context = Context.current();
    // Temporal waits for a local activity without heartbeats, and not for long
    if (context.info.isLocal) return work(...args);
    // what the attempt before handed on stays until this attempt fails
    const { stop } = startHeartbeat(context, () => context.info.heartbeatDetails);
    try {
      return await work(...args);
    } finally {
      stop();
    }
  };
}
