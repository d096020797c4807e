import { unlessAborted } from '../unless-aborted.js';

/** The end of the newest turn in this process, by key. */
const lastOf = new Map<string, Promise<void>>();

/**
 * Does work when all earlier work of this process with the same key has ended. It begins at once, and in order. A lock
 * between processes would have to look again and again whether it is free.
 *
 * @param work - begins when its turn comes; its result or error is the result or error of the call
 * @param signal - when it fires, work that still waits is given up with its reason; work that has begun goes on
 */
export async function inTurn<T>(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const before = lastOf.get(key) ?? Promise.resolve();
  let leave = (): void => undefined;
  const left = new Promise<void>((resolve) => (leave = resolve));
  // work that is given up leaves early, but later work still waits for earlier work
  const last = before.then(() => left);
  lastOf.set(key, last);
  void last.then(() => lastOf.get(key) === last && lastOf.delete(key));
  try {
    await (signal ? unlessAborted(before, signal) : before);
    signal?.throwIfAborted();
    return await work();
  } finally {
    leave();
  }
}
