import { setTimeout as delay } from 'node:timers/promises';

/** Waits until all have ended, with or without an error, but not for ever. */
export async function settledWithin(ms: number, promises: Iterable<Promise<unknown>>): Promise<void> {
  const controller = new AbortController();
  const timeout = delay(ms, undefined, { signal: controller.signal }).catch(() => undefined);
  await Promise.race([Promise.allSettled(promises), timeout]);
  controller.abort();
}
