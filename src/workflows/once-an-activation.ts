import { CancellationScope, condition } from '@temporalio/workflow';

/**
 * Makes work that many messages ask for happen once: all messages of an activation are handed over before the first
 * microtask runs.
 *
 * @param work - synchronous
 * @returns asks for it
 */
export function onceForAllMessages(work: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    void Promise.resolve().then(() => {
      isDue = false;
      work();
    });
  };
}

/**
 * Likewise, but once an activation: when all is done that follows from the messages and asks for it, too.
 *
 * @param work - synchronous
 * @returns asks for it
 */
export function onceAnActivation(work: () => void): () => void {
  let asked = 0;
  const settle = async (): Promise<void> => {
    for (let known = 0; known < asked;) {
      known = asked;
      // whoever waits for the same look goes on before the second
      await nextLook();
      await nextLook();
    }
    asked = 0;
    work();
  };
  return () => {
    if (asked++ === 0) void CancellationScope.nonCancellable(settle);
  };
}

/** The SDK looks at all conditions again whenever no microtask is left. */
function nextLook(): Promise<void> {
  let looks = 0;
  return condition(() => looks++ > 0);
}
