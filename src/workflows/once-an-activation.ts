import { CancellationScope, condition } from '@temporalio/workflow';

/**
 * Does work once that many messages ask for. All messages of an activation are handed over before the first microtask
 * runs.
 *
 * @param work - synchronous
 * @returns a function that asks for the work
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
 * Does the work once an activation, after everything else: when all is done that follows from the messages and may ask
 * for it.
 *
 * @param work - synchronous
 * @returns a function that asks for the work
 */
export function onceAnActivation(work: () => void): () => void {
  let asked = 0;
  const settle = async (): Promise<void> => {
    for (let known = 0; known < asked;) {
      known = asked;
      // others that wait for the same look go on before the second look
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
