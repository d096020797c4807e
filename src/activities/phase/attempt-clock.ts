/**
 * The time of an attempt at the artifact: it stands still while the attempt waits for something that is not its own.
 */
export class AttemptClock {
  readonly #controller = new AbortController();
  #used: number;
  /** Since when it runs (monotonic milliseconds); null while it is held or stopped. */
  #since: number | null = null;
  #timer: NodeJS.Timeout | undefined;
  #holds = 0;

  /**
   * Starts at once.
   *
   * @param limitMs - the time of the attempt
   * @param usedMs - what earlier Temporal attempts used of it
   */
  constructor(
    private readonly limitMs: number,
    usedMs: number,
  ) {
    this.#used = usedMs;
    this.#run();
  }

  /** Fires when the time is up. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Milliseconds of the attempt that are used up. */
  get usedMs(): number {
    return this.#used + (this.#since === null ? 0 : performance.now() - this.#since);
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
      if (--this.#holds === 0) this.#run();
    };
  }

  /** Lets it stand where it is, for good. */
  stop(): void {
    this.hold();
  }

  #run(): void {
    this.#since = performance.now();
    this.#timer = setTimeout(
      () => this.#controller.abort(new DOMException('the time of the attempt is up', 'TimeoutError')),
      Math.max(1, this.limitMs - this.#used),
    );
  }
}
