import { excessOf, addReservations, NOTHING, type Reservation } from '../../domain/money/budget.js';
import { addCall, noUsage, sumUsage, type Usage } from '../../domain/money/usage.js';
import type { PhaseSnapshot } from '../../domain/phase-contract.js';
import type { ModelCall } from '../../domain/record/model-call.js';

/** When the same failure comes this often in a row, the phase is stalled: more tries would only cost more. */
const STALL_AFTER = 3;

const FRESH: PhaseSnapshot = {
  attempt: 1,
  repairs: 0,
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
  model: 0,
  fellBack: null,
  checkoutMs: null,
};

/** What was paid in a run, and in one of its phases. */
export interface Paid {
  run: Reservation;
  phase: Reservation;
}

/** What a phase carries from try to try. Only its own methods change it; a heartbeat takes a snapshot along. */
export class PhaseProgress {
  #now: PhaseSnapshot;

  /** @param told - the snapshot that the try before handed on; none for the first */
  constructor(told: Partial<PhaseSnapshot> = {}) {
    this.#now = { ...FRESH, ...told };
  }

  /** The progress as it stands, for the next try. */
  snapshot(): PhaseSnapshot {
    return this.#now;
  }

  /** Number of the attempt at the artifact that is under way, from 1. */
  get attempt(): number {
    return this.#now.attempt;
  }

  /** The same without the attempts that followed on a red check: the phase's `attempts` limit these. */
  get artifactAttempt(): number {
    return this.#now.attempt - this.#now.repairs;
  }

  /** How often the agent was to mend work that a check found red. */
  get repairs(): number {
    return this.#now.repairs;
  }

  /** What the agent is told about the attempt before. */
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

  /** What counts for the calls of this execution of the phase that got no whole reply. */
  get failedCalls(): Reservation {
    const { brokenMicroUsd, brokenTokens } = this.#now.failed;
    return { microUsd: brokenMicroUsd, tokens: brokenTokens };
  }

  /** What was paid before a reset for work that the reset undid. */
  get undone(): Paid {
    return this.#now.undone;
  }

  /** The call that is under way, or that was under way when the try before ended. */
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

  /** A model call begins. @param line - the ledger's line of it, for the case that nobody sees its reply */
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

  /** The ledger has the reply of the call that was under way: a heartbeat may be older than the reply. */
  replyFound(): void {
    this.#change({ begun: null });
  }

  /** The ledger has all calls that failed. */
  callsRecorded(): void {
    this.#change({ unrecorded: [] });
  }

  /**
   * After a reset, counts what was paid for work that the reset undid. History forgets that, but the ledger does not.
   *
   * @param paid - what the ledger says
   * @param known - what the history of this execution says, without the calls of this phase that failed
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
   * Counts the usage of this execution of the phase anew, from the conversation. The conversation has every reply, even
   * when heartbeats were lost.
   *
   * @param replies - those of this execution: the conversation may have begun in an earlier one, which told its own
   */
  repliesCounted(replies: readonly ModelCall[]): void {
    const { failed, undone } = this.#now;
    this.#change({ usage: { ...sumUsage([failed, replies.reduce(addCall, noUsage())]), ...undoneUsage(undone) } });
  }

  /** How long a checkout has taken until now; null when there is none under way. */
  checkoutTook(ms: number | null): void {
    this.#change({ checkoutMs: ms });
  }

  /** The folder of the run was lost, and was made again. */
  folderRebuilt(): void {
    this.#change({ rebuilt: this.#now.rebuilt + 1 });
  }

  /** Sets the time that the attempt has used. The next attempt begins with none used. */
  timeUsed(attempt: number, ms: number): void {
    if (attempt === this.#now.attempt) this.#change({ usedMs: ms });
  }

  /** Whether a failure with this fingerprint has come often enough in a row to be a stall. */
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

  /** The artifact was valid and the work is red. The next attempt mends it. @param repair - what its agent is told */
  workRed(fingerprint: string, repair: string): void {
    this.attemptFailed(fingerprint, repair);
    this.#change({ repairs: this.#now.repairs + 1 });
  }

  /**
   * The provider failed.
   *
   * @param now - the server's time in milliseconds
   * @returns how long it has been failing, and how many replies in a row were not chat completions
   */
  providerFailed(now: number, isBadReply: boolean): { failingMs: number; badReplies: number } {
    const since = this.#now.providerFailingSince ?? now;
    const badReplies = isBadReply ? this.#now.badReplies + 1 : 0;
    this.#change({ providerFailingSince: since, badReplies });
    return { failingMs: now - since, badReplies };
  }

  /** A call waited for its place. A provider that fails has not failed in that time. @param ms - how long */
  heldUp(ms: number): void {
    const { providerFailingSince: since } = this.#now;
    if (since !== null) this.#change({ providerFailingSince: since + ms });
  }

  /** Which of the persona's models is used; 0 for its own. */
  get model(): number {
    return this.#now.model;
  }

  /** Why the model before was given up. */
  get fellBack(): PhaseSnapshot['fellBack'] {
    return this.#now.fellBack;
  }

  /** The phase goes on with another model, which has the whole patience. @param model - its index */
  fallsBack(model: number, why: NonNullable<PhaseSnapshot['fellBack']>): void {
    this.#change({ model, fellBack: why, providerFailingSince: null, badReplies: 0 });
  }

  /** Something failed that is neither the model nor the provider. @returns how often that happened in this attempt */
  failedOtherwise(): number {
    this.#change({ unexplained: this.#now.unexplained + 1 });
    return this.#now.unexplained;
  }

  /** How often something else than model and provider failed in this attempt. */
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
