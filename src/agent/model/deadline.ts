/** A signal that aborts when its parent does, or when time is up. */
export interface Deadline {
  signal: AbortSignal;
  /** Whether the time was up; false when the parent aborted. */
  expired(): boolean;
  /** Releases the timer and the parent. */
  clear(): void;
}

/**
 * Starts a deadline. It does not use `AbortSignal.any`: a parent that lives as long as the phase would collect one
 * entry for each call.
 *
 * @param parent - passes its reason on
 * @param ms - time from now
 */
export function startDeadline(parent: AbortSignal, ms: number): Deadline {
  const controller = new AbortController();
  let expired = false;
  const follow = (): void => controller.abort(parent.reason);
  const timer = setTimeout(() => {
    expired = true;
    controller.abort(new DOMException(`no complete answer within ${ms} ms`, 'TimeoutError'));
  }, ms);
  if (parent.aborted) follow();
  parent.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    expired: () => expired,
    clear: () => {
      clearTimeout(timer);
      parent.removeEventListener('abort', follow);
    },
  };
}
