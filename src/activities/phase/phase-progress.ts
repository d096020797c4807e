import { excessOf, addReservations, NOTHING, type Reservation } from '../../domain/money/budget.js';
import { addCall, noUsage, sumUsage, type Usage } from '../../domain/money/usage.js';
import type { PhaseSnapshot } from '../../domain/phase-contract.js';
import type { ModelCall } from '../../domain/record/model-call.js';

/** The same failure this often in a row is a stall: more of the same would only cost more. */
const STALL_AFTER = 3;

const FRESH: PhaseSnapshot = {
  attempt: 1,
  repair: null,
  fingerprints: [],
  usedMs: 0,
  usage: noUsage(),
  failed: noUsage(),
  begun: null,
  unrecorded: [],
  undone: { run: NOTHING, phase: NOTHING },
  unexplained: 0,
  rebuilt: 0,
  providerFailingSince: null,
  badReplies: 0,
  checkoutMs: null,
};

/** What is paid in a run, and in one of its phases. */
export interface Paid {
  run: Reservation;
  phase: Reservation;
}

/** What a phase carries from try to try. Only its verbs change it; a heartbeat takes a snapshot along. */
export class PhaseProgress {
  #now: PhaseSnapshot;

  /** @param told - the snapshot that the try before handed on; none for the first */
  constructor(told: Partial<PhaseSnapshot> = {}) {
    this.#now = { ...FRESH, ...told };
  }

  /** As it stands, for the next try. */
  snapshot(): PhaseSnapshot {
    return this.#now;
  }

  /** Attempt at the artifact that is under way, from 1. */
  get attempt(): number {
    return this.#now.attempt;
  }

  /** What the agent is told of the attempt before. */
  get repair(): string | null {
    return this.#now.repair;
  }

  /** Milliseconds of the attempt that earlier tries used. */
  get usedMs(): number {
    return this.#now.usedMs;
  }

  /** What the phase's model calls used, and what was paid for work that a reset undid. */
  get usage(): Usage {
    return this.#now.usage;
  }

  /** What counts for calls of this execution of the phase of which no whole reply came. */
  get failedCalls(): Reservation {
    const { brokenMicroUsd, brokenTokens } = this.#now.failed;
    return { microUsd: brokenMicroUsd, tokens: brokenTokens };
  }

  /** What was paid before a reset for work that it undid. */
  get undone(): Paid {
    return this.#now.undone;
  }

  /** The call that is under way, or was when the try before ended. */
  get begun(): ModelCall | null {
    return this.#now.begun;
  }

  /** Calls that failed, and that the ledger may not have yet. */
  get unrecorded(): readonly ModelCall[] {
    return this.#now.unrecorded;
  }

  /** How often the folder was made again. */
  get rebuilt(): number {
    return this.#now.rebuilt;
  }

  /** A model call begins. @param line - of the ledger, as it stands when nobody sees its reply */
  callBegan(line: ModelCall): void {
    this.#change({ begun: line });
  }

  /** A model call has ended: its reply is kept, or there is none. */
  callEnded(line: ModelCall): void {
    const { failed, unrecorded } = this.#now;
    const usage = addCall(this.#now.usage, line);
    if (line.status === 'ok') this.#change({ begun: null, usage, providerFailingSince: null, badReplies: 0 });
    else this.#change({ begun: null, usage, failed: addCall(failed, line), unrecorded: [...unrecorded, line] });
  }

  /** The reply of the call that was under way is in the ledger: a heartbeat may be older than the reply. */
  replyFound(): void {
    this.#change({ begun: null });
  }

  /** The ledger has all calls that failed. */
  callsRecorded(): void {
    this.#change({ unrecorded: [] });
  }

  /**
   * After a reset: what was paid for work that the reset undid. History forgets that, the ledger does not.
   *
   * @param paid - by the ledger
   * @param known - to the history of this execution, beside the calls of this phase that failed
   */
  paidBeforeReset(paid: Paid, known: Paid): void {
    const failed = this.failedCalls;
    const undone = {
      run: excessOf(paid.run, addReservations(known.run, failed)),
      phase: excessOf(paid.phase, addReservations(known.phase, failed)),
    };
    this.#change({ undone, usage: { ...this.#now.usage, ...undoneUsage(undone) } });
  }

  /**
   * The usage of this execution of the phase is counted anew, from the conversation: it knows every reply, whatever
   * became of heartbeats.
   *
   * @param replies - of this execution: the conversation may have begun in an earlier one, which has told its own
   */
  repliesCounted(replies: readonly ModelCall[]): void {
    const { failed, undone } = this.#now;
    this.#change({ usage: { ...sumUsage([failed, replies.reduce(addCall, noUsage())]), ...undoneUsage(undone) } });
  }

  /** A checkout has taken so long until now; null when there is none under way. */
  checkoutTook(ms: number | null): void {
    this.#change({ checkoutMs: ms });
  }

  /** The folder of the run was lost, and is there again. */
  folderRebuilt(): void {
    this.#change({ rebuilt: this.#now.rebuilt + 1 });
  }

  /** Time counts for the attempt that used it: the next attempt begins with none. */
  timeUsed(attempt: number, ms: number): void {
    if (attempt === this.#now.attempt) this.#change({ usedMs: ms });
  }

  /** Whether a failure with this fingerprint is the same again, often enough to be a stall. */
  isStalledBy(fingerprint: string): boolean {
    const last = [...this.#now.fingerprints, fingerprint].slice(-STALL_AFTER);
    return last.length === STALL_AFTER && new Set(last).size === 1;
  }

  /** The attempt at the artifact failed, and the next one begins. @param repair - what its agent is told */
  attemptFailed(fingerprint: string, repair: string): void {
    const { attempt, fingerprints } = this.#now;
    this.#change({
      attempt: attempt + 1,
      repair,
      fingerprints: [...fingerprints, fingerprint].slice(-STALL_AFTER),
      usedMs: 0,
      unexplained: 0,
    });
  }

  /**
   * The provider failed.
   *
   * @param now - the server's time in milliseconds
   * @returns for how long it has been failing, and how many replies in a row were no chat completion
   */
  providerFailed(now: number, isBadReply: boolean): { failingMs: number; badReplies: number } {
    const since = this.#now.providerFailingSince ?? now;
    const badReplies = isBadReply ? this.#now.badReplies + 1 : 0;
    this.#change({ providerFailingSince: since, badReplies });
    return { failingMs: now - since, badReplies };
  }

  /** Something failed that is neither the model's nor the provider's. @returns how often in this attempt */
  failedOtherwise(): number {
    this.#change({ unexplained: this.#now.unexplained + 1 });
    return this.#now.unexplained;
  }

  /** How often something else failed in this attempt. */
  get otherFailures(): number {
    return this.#now.unexplained;
  }

  #change(change: Partial<PhaseSnapshot>): void {
    this.#now = { ...this.#now, ...change };
  }
}

function undoneUsage({ run }: Paid): Pick<Usage, 'undoneMicroUsd' | 'undoneTokens'> {
  return { undoneMicroUsd: run.microUsd, undoneTokens: run.tokens };
}
