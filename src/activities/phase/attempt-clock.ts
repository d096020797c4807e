/**
 * The time of an attempt at the artifact. It runs while the agent works, and stands still while the attempt waits for
 * something that is not its own.
 */
export class AttemptClock {
  readonly #controller = new AbortController();
  #used: number;
  /** Since when it runs (monotonic milliseconds); null while it is held or stopped. */
  #since: number | null = null;
  #timer: NodeJS.Timeout | undefined;
  /** The clock stands still while there are any. The first one is from before its start. */
  #holds = 1;

  /**
   * Makes a clock that stands still until `start`.
   *
   * @param limitMs - the time of the attempt
   * @param usedMs - what earlier Temporal attempts used of it
   */
  constructor(
    private readonly limitMs: number,
    usedMs: number,
  ) {
    this.#used = usedMs;
  }

  /** Fires when the time is up. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Milliseconds of the attempt that are used up. */
  get usedMs(): number {
    return this.#used + (this.#since === null ? 0 : performance.now() - this.#since);
  }

  /** Starts the clock when the agent begins. Call it once. */
  start(): void {
    this.#release();
  }

  /** Holds the clock until the returned function is called. */
  hold(): () => void {
    this.#holds++;
    clearTimeout(this.#timer);
    this.#used = this.usedMs;
    this.#since = null;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#release();
    };
  }

  /** Stops the clock for good. */
  stop(): void {
    this.hold();
  }

  #release(): void {
    if (--this.#holds > 0) return;
    this.#since = performance.now();
    this.#timer = setTimeout(
      () => this.#controller.abort(new DOMException('the time of the attempt is up', 'TimeoutError')),
      Math.max(1, this.limitMs - this.#used),
    );
  }
}
