/**
 * Waits for work, but not longer than until a signal fires. The work itself goes on.
 *
 * @throws the signal's reason, when it fires first or has fired before
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const stopped = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { signal: stopped.signal });
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    stopped.abort();
  }
}
