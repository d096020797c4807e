import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until something fits; a test whose condition never does fails. How long it may take is wide, because the machine
 * may be slow and others may want it.
 */
export async function until(
  fits: () => boolean | Promise<boolean>,
  longestMs = 60_000,
  what: () => unknown = () => 'it never fits',
): Promise<void> {
  const deadline = performance.now() + longestMs;
  // eslint-disable-next-line no-restricted-syntax -- this one gives up
  while (!(await fits())) {
    if (performance.now() > deadline) assert.fail(String(await what()));
    await sleep(20);
  }
}
