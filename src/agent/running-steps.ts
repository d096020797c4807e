import { settledWithin } from './settled-within.js';

/**
 * Steps that run now. When a run is aborted, LangGraph no longer waits for its step, but the step itself still has to
 * stop.
 */
export class RunningSteps {
  private readonly running = new Set<Promise<unknown>>();

  /** Runs a step, and knows of it until it has ended. */
  track<S, U>(step: (state: S) => U | Promise<U>): (state: S) => Promise<U> {
    return (state) => {
      const run = Promise.resolve(step(state)).finally(() => this.running.delete(run));
      this.running.add(run);
      return run;
    };
  }

  /** Waits until no step runs any more. It does not wait for ever, because a disk may hang. */
  settled(ms: number): Promise<void> {
    return settledWithin(ms, this.running);
  }
}
