import type { Behaviour } from './behaviour.js';

interface Script {
  queue: Behaviour[];
  exhaustive: boolean;
}

/** The scripts by model name. Each request takes the next behaviour of its model. */
export class Scripts {
  readonly #scripts = new Map<string, Script>();

  /**
   * Replaces the script of a model.
   *
   * @param exhaustive - whether a request after the end of the script is an error; if not, it gets the default answer
   */
  set(model: string, behaviours: readonly Behaviour[], exhaustive = false): void {
    const queue = behaviours.flatMap((behaviour) => {
      const { times = 1 } = behaviour;
      return times === 'always' ? [behaviour] : Array.from({ length: times }, () => behaviour);
    });
    this.#scripts.set(model, { queue, exhaustive });
  }

  clear(model: string): void {
    this.#scripts.delete(model);
  }

  /** Takes the next behaviour of a model. It is the default (`{}`) where the model has no script, or has used it up. */
  next(model: string): Behaviour | 'exhausted' {
    const script = this.#scripts.get(model);
    const [behaviour] = script?.queue ?? [];
    if (!script || !behaviour) return script?.exhaustive ? 'exhausted' : {};
    if (behaviour.times !== 'always') script.queue.shift();
    return behaviour;
  }

  /** Models that have a script, for `GET /v1/models`. */
  models(): string[] {
    return [...this.#scripts.keys()];
  }
}
