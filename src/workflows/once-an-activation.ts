/**
 * Makes work that many messages ask for happen once: all messages of an activation are handed over before the first microtask runs.
 *
 * @param work - synchronous
 * @returns asks for it
 */
export function onceAnActivation(work: () => void): () => void {
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
