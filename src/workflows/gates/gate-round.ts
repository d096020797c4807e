import type { Decision } from '../../domain/gate-decisions.js';
import type { OpenGate } from '../../domain/run-status.js';

/** What ended the waiting of a phase at its gates. */
export type RoundEnd =
  | { kind: 'approved'; gate: OpenGate; decision: Decision }
  | { kind: 'rejected'; gate: OpenGate; decision: Decision }
  | { kind: 'changes'; gate: OpenGate; decision: Decision }
  | { kind: 'expired'; gate: OpenGate };

/** One waiting of a phase at its gates: the first thing that ends it counts. */
export class GateRound {
  #end: RoundEnd | null = null;

  get ended(): RoundEnd | null {
    return this.#end;
  }

  end(end: RoundEnd): void {
    this.#end ??= end;
  }
}
