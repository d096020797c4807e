import type { Decision } from '../domain/gate-decisions.js';
import { BUDGET_GATE } from '../domain/names.js';
import { keepComment, NO_COMMENTS, type KeptComments } from '../domain/rounds/comments.js';
import { roundCopy, type RoundCopy } from '../domain/rounds/round-copy.js';
import type { SentBack } from '../domain/rounds/sent-back.js';
import { NOTHING_MATCHED, type Matched } from '../domain/rounds/when.js';
import type { OpenGate, PhaseStatus } from '../domain/run-status.js';

/** An approval that counts until its round is over. */
export interface GivenApproval {
  requestId: string;
  phase: string;
  gate: string;
  by: string | null;
  artifactSha256: string | null;
}

/** Who sent work back, from where to where, and why. */
export type Order = Pick<SentBack, 'from' | 'to' | 'why' | 'by' | 'comment'>;

/**
 * What a run remembers of its rounds: what phases left in the last one, what sent the work back, the approvals that
 * count, and what people said.
 */
export class Rounds {
  /** By the key of the phase, as all of these. */
  readonly #copies = new Map<string, RoundCopy>();
  readonly #orders = new Map<string, Order>();
  readonly #ended = new Map<string, string>();
  readonly #matched = new Map<string, Matched>();
  #approvals: GivenApproval[] = [];
  #comments = NO_COMMENTS;

  /** What people said with their decisions so far. */
  get comments(): KeptComments {
    return this.#comments;
  }

  /** The artifacts that phases left in their last rounds. */
  get copies(): RoundCopy[] {
    return [...this.#copies.values()];
  }

  /** Which conditions the artifact of a phase meets, as it is now. */
  matchedOf(phaseKey: string): Matched {
    return this.#matched.get(phaseKey) ?? NOTHING_MATCHED;
  }

  noteMatched(phaseKey: string, matched: Matched): void {
    this.#matched.set(phaseKey, matched);
  }

  /** An execution of a phase has ended with the run's branch at this commit. */
  noteEnd(phaseKey: string, commit: string): void {
    this.#ended.set(phaseKey, commit);
  }

  /** The commit at which the last execution of a phase ended. */
  endOf(phaseKey: string): { endedAt?: string } {
    const endedAt = this.#ended.get(phaseKey);
    return endedAt === undefined ? {} : { endedAt };
  }

  /** A decision counts: its words are for later phases, and an approval counts until its round is over. */
  noteDecision({ requestId, phase, gate, artifact }: OpenGate, { action, by, comment }: Decision): void {
    if (comment !== undefined)
      this.#comments = keepComment(this.#comments, { phase, gate, action, by: by ?? null, comment: comment.trim() });
    if (action === 'approve' && gate !== BUDGET_GATE)
      this.#approvals.push({ requestId, phase, gate, by: by ?? null, artifactSha256: artifact?.sha256 ?? null });
  }

  /** A gate opens anew: what was approved at it before counts no more. */
  forgetApprovals({ phase, gate }: OpenGate): void {
    this.#approvals = this.#approvals.filter((given) => given.phase !== phase || given.gate !== gate);
  }

  /**
   * A round of these phases is over.
   *
   * @returns the approvals that were given in it
   */
  end(phases: readonly PhaseStatus[], order: Order): GivenApproval[] {
    const keys = new Set(phases.map(({ key }) => key));
    for (const { key, artifact, round } of phases) {
      if (artifact) this.#copies.set(key, roundCopy(artifact, round));
      this.#orders.set(key, order);
      this.#matched.delete(key);
    }
    const voided = this.#approvals.filter(({ phase }) => keys.has(phase));
    this.#approvals = this.#approvals.filter(({ phase }) => !keys.has(phase));
    return voided;
  }

  /** What a phase is told about why it runs again; null in its first round. */
  sentBackOf(phaseKey: string): SentBack | null {
    const order = this.#orders.get(phaseKey);
    if (!order) return null;
    return {
      ...order,
      artifact: this.#copies.get(order.from) ?? null,
      own: this.#copies.get(phaseKey) ?? null,
      since: this.#ended.get(phaseKey) ?? null,
    };
  }
}
