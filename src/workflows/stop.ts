import { allHandlersFinished, CancellationScope, CancelledFailure, condition } from '@temporalio/workflow';

/** Who aborted the run, and why. */
export interface Abort {
  by: string | null;
  comment: string | null;
}

/**
 * Whether the run is to stop, by an abort or by Temporal's cancel, and whether it closes. It exists before the first
 * message is read, because history may have an abort before the first workflow task.
 */
export class Stop {
  readonly #root = CancellationScope.current();
  // a scope of its own: an abort ends the work, but the closing still goes on
  readonly #work = new CancellationScope();
  #abort: Abort | null = null;
  #closing = false;

  /** The abort that stops the run; null when there is none. */
  get aborted(): Abort | null {
    return this.#abort;
  }

  /** Whether Temporal was asked to cancel the run. */
  get cancelRequested(): boolean {
    return this.#root.consideredCancelled;
  }

  /** From now on everything that ends counts as cancelled, however it ended. */
  get requested(): boolean {
    return this.#abort !== null || this.cancelRequested;
  }

  /** Whether an abort still counts. An abort that comes after a cancel does: it says who stops the run, and why. */
  get mayAbort(): boolean {
    return this.#abort === null && !this.#closing;
  }

  /** From now on every message is too late. */
  get over(): boolean {
    return this.requested || this.#closing;
  }

  /** Stops the run. The first abort counts. */
  abort(abort: Abort): void {
    this.#abort ??= abort;
    this.#work.cancel();
  }

  /** Does a part of the run's work. It is cancelled when the run is stopped, and when the run closes. */
  work<T>(part: () => Promise<T>): Promise<T> {
    return this.#work.run(part);
  }

  /** @throws CancelledFailure when the run is to stop */
  check(): void {
    if (this.requested) throw new CancelledFailure('the run was aborted or cancelled');
  }

  /**
   * Waits for a state of the run.
   *
   * @throws CancelledFailure when the run is to stop, even in the same task in which the state came about
   */
  async until(isSo: () => boolean): Promise<void> {
    await condition(isSo);
    this.check();
  }

  /** Begins the closing: new messages no longer count, and those under way are answered first. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#work.cancel();
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  }
}
