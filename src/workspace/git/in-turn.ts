/** The end of the last turn that was asked for in this process, by key. */
const lastOf = new Map<string, Promise<void>>();

/**
 * Does something when everything in this process that was asked for before, under the same key, has ended: at once and
 * in order, where a lock between processes has to look again and again whether it is free.
 *
 * @param work - begins with its turn; how it ends, well or not, is how this ends
 * @param signal - when it fires, who still waits gives up with its reason; work that has begun is left alone
 */
export async function inTurn<T>(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const before = lastOf.get(key) ?? Promise.resolve();
  let leave = (): void => undefined;
  const left = new Promise<void>((resolve) => (leave = resolve));
  // who gives up leaves early, but lets nobody go before those who came earlier
  const last = before.then(() => left);
  lastOf.set(key, last);
  void last.then(() => lastOf.get(key) === last && lastOf.delete(key));
  try {
    await endOrAbort(before, signal);
    return await work();
  } finally {
    leave();
  }
}

async function endOrAbort(before: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return before;
  let giveUp = (): void => undefined;
  const aborted = new Promise<void>((resolve) => (giveUp = resolve));
  signal.addEventListener('abort', giveUp);
  if (!signal.aborted) await Promise.race([before, aborted]);
  signal.removeEventListener('abort', giveUp);
  signal.throwIfAborted();
}
