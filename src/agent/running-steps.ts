import { settledWithin } from './settled-within.js';

/** Steps that run now. LangGraph lets go of a step when its run is aborted; the step itself still has to stop. */
export class RunningSteps {
  private readonly running = new Set<Promise<unknown>>();

  /** A step that is known here while it runs. */
  track<S, U>(step: (state: S) => U | Promise<U>): (state: S) => Promise<U> {
    return (state) => {
      const run = Promise.resolve(step(state)).finally(() => this.running.delete(run));
      this.running.add(run);
      return run;
    };
  }

  /** Waits until no step runs any more, but not for ever: a disk may hang. */
  settled(ms: number): Promise<void> {
    return settledWithin(ms, this.running);
  }
}
