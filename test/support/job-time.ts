import { LIMIT_MS } from '../../src/offload/offload.js';

/**
 * From now on jobs of the second thread have another time. More is for tests that ask what a job says, or what it does to
 * the other thread, on a machine that may be slow and have other work. Less is for tests of jobs that never end.
 *
 * @param factor - of the usual time
 * @returns takes it back
 */
export function changeJobTime(factor: number): () => void {
  const usual = { ...LIMIT_MS };
  for (const name of Object.keys(LIMIT_MS) as (keyof typeof LIMIT_MS)[]) LIMIT_MS[name] *= factor;
  return () => void Object.assign(LIMIT_MS, usual);
}
