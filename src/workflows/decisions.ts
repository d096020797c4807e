import { ApplicationFailure, CancellationScope, condition, uuid4 } from '@temporalio/workflow';
import { cut, type FailureCode } from '../domain/failures.js';
import {
  judge,
  parseDecide,
  parseDecision,
  RUN_ENDED,
  stale,
  type Decision,
  type DecisionAction,
  type IgnoreReason,
  type Refusal,
  type Verdict,
} from '../domain/gate-decisions.js';
import type { JsonObject } from '../domain/text/json.js';
import { BUDGET_GATE } from '../domain/names.js';
import { namesSomebody } from '../domain/person.js';
import { readView } from '../domain/gate-view/artifact-view.js';
import { readMatched } from '../domain/rounds/when.js';
import type { OpenGate } from '../domain/run-status.js';
import type { CheckEdited } from './edited-artifact.js';
import type { EventLog } from './event-log.js';
import type { GateRound, RoundEnd } from './gates/gate-round.js';
import type { Decided } from './messages.js';
import type { LiveRun } from './live-run.js';
import type { Stop } from './stop.js';

/** Most decisions that wait at once for a look at an edited file. Each of them is woken for every look. */
const MAX_WAITING = 100;
/** How often a run looks at the edited file of a gate. Each look is an activity, with its events in history. */
const MAX_LOOKS = 100;

/** How a decision came. */
export type Via = 'signal' | 'update' | 'pull_request';

/** What a decision does to the waiting. An abort is not here: it ends the run itself. */
const ROUND_END: Record<DecisionAction, RoundEnd['kind'] | null> = {
  approve: 'approved',
  reject: 'rejected',
  requestChanges: 'changes',
  abort: null,
};

/**
 * Takes decisions in the order of their arrival. The first that counts wins, and every other is recorded with its
 * reason.
 */
export class Decisions {
  /** The newest waiting at gates. */
  #round: GateRound | null = null;
  #checking = false;
  #waiting = 0;
  /** By the request of the gate. */
  readonly #looks = new Map<string, number>();

  constructor(
    private readonly live: LiveRun,
    private readonly log: EventLog,
    private readonly stop: Stop,
    private readonly checkEdited: CheckEdited,
  ) {}

  /** From now on decisions may end this waiting at gates. */
  mayEnd(round: GateRound): void {
    this.#round = round;
  }

  /** A decision that came as a signal: applied, or recorded as ignored. Never throws. */
  receive(action: DecisionAction, payload: unknown): void | Promise<void> {
    const decision = parseDecision(action, payload);
    if ('malformed' in decision) return this.ignore(action, 'malformed', decision.malformed);
    // in a flood nearly all decisions are refused, and each promise takes time
    const refusal = this.#refuseAtOnce(decision);
    if (refusal) return void this.#refuse(refusal, decision, 'signal');
    return this.#decide(decision, 'signal').then(() => undefined);
  }

  /**
   * The validator of the update. It throws the reason why a decision doesn't count; then nothing is written to history.
   */
  validate(payload: unknown): void {
    const decision = parseDecide(payload);
    if ('malformed' in decision) throw refused(decision.malformed);
    const verdict = this.#judge(decision);
    if (!verdict.applied) throw refused(verdict.message);
  }

  /** The update itself. It runs after its validator. */
  async update(payload: unknown): Promise<Decided> {
    const decision = parseDecide(payload);
    if ('malformed' in decision) throw refused(decision.malformed);
    const verdict = await this.#decide(decision, 'update');
    if (!verdict.applied) throw refused(verdict.message);
    const { gate } = verdict;
    return {
      applied: true,
      message: `${decision.action} is applied to ${gate ? `gate ${gate.gate} of phase ${gate.phase}` : 'the run'}`,
    };
  }

  /** A review of the run's pull request: applied to its gate, or recorded as ignored. */
  async review(decision: Decision): Promise<void> {
    await this.#decide(decision, 'pull_request');
  }

  /** Records a message that had no effect, and why. */
  ignore(name: string, reason: IgnoreReason, message: string | (() => string), decision: Partial<Decision> = {}): void {
    const { phase = null, gate = null, by = null, comment = null } = decision;
    const text = (): string => (typeof message === 'string' ? message : message());
    const payload = (): JsonObject => ({
      name: cut(name, 100),
      message: text(),
      phase,
      gate,
      by,
      comment: comment && cut(comment, 1_000),
    });
    const isRecorded = this.log.emitIgnored(reason, payload);
    this.live.noteIgnored(cut(name, 100), text, this.log.ignoredTotal);
    if (isRecorded) this.log.flushSoon();
  }

  /** The refusals that need no look and no waiting. */
  #refuseAtOnce(decision: Decision): Refusal | null {
    if (this.#checking && decision.action !== 'abort') return this.#waiting < MAX_WAITING ? null : TOO_MANY_WAITING;
    const verdict = this.#judge(decision);
    return verdict.applied ? null : verdict;
  }

  #judge(decision: Decision, via: Via = 'signal'): Verdict {
    const ended = decision.action === 'abort' ? !this.stop.mayAbort : this.stop.over;
    const verdict = judge(decision, { ...this.live.gateSituation(), ended, isReview: via === 'pull_request' });
    if (!verdict.applied || !verdict.gate || !verdict.edited) return verdict;
    return (this.#looks.get(verdict.gate.requestId) ?? 0) < MAX_LOOKS ? verdict : TOO_MANY_LOOKS;
  }

  /** It can't be cancelled: a decision that came in time is decided, even while the run is being cancelled. */
  #decide(decision: Decision, via: Via): Promise<Verdict> {
    return CancellationScope.nonCancellable(() => this.#decideInTurn(decision, via));
  }

  async #decideInTurn(decision: Decision, via: Via): Promise<Verdict> {
    // only one look at an edited file is made at a time, and later decisions wait for their turn; an abort never waits
    if (this.#checking && decision.action !== 'abort') {
      if (this.#waiting >= MAX_WAITING) return this.#refuse(TOO_MANY_WAITING, decision, via);
      this.#waiting++;
      while (this.#checking) await condition(() => !this.#checking);
      this.#waiting--;
    }
    const verdict = this.#judge(decision, via);
    if (!verdict.applied) return this.#refuse(verdict, decision, via);
    if (verdict.gate && verdict.edited) {
      const refusal = await this.#takeEdited(verdict.gate, decision);
      if (refusal) return this.#refuse(refusal, decision, via);
    }
    this.#apply(verdict.gate, decision, via);
    return verdict;
  }

  /**
   * Records it in the same turn in which it came, so that the record has the order of arrival. The sender of an update
   * is told instead.
   */
  #refuse(refusal: Refusal, decision: Decision, via: Via): Refusal {
    if (via !== 'update') this.ignore(decision.action, refusal.reason, refusal.message, decision);
    return refusal;
  }

  /**
   * Looks whether the file is the one that the decision names, and whether it is valid. If so, it is the artifact of
   * the phase from now on.
   */
  async #takeEdited(gate: OpenGate, { artifactSha256 = '', by }: Decision): Promise<Refusal | null> {
    this.#checking = true;
    this.#looks.set(gate.requestId, (this.#looks.get(gate.requestId) ?? 0) + 1);
    try {
      const found = await this.stop.work(() => this.checkEdited(gate, artifactSha256, by ?? null));
      if (this.stop.over) return RUN_ENDED;
      if (!this.live.status.openGates.includes(gate))
        return { applied: false, reason: 'already_decided', message: 'the gate was closed meanwhile' };
      if (found.kind === 'stale') return stale(gate);
      if (found.kind === 'invalid')
        return { applied: false, reason: 'edited_artifact_invalid', message: found.message };
      this.live.replaceArtifact(gate.phase, found.artifact, readMatched(found.matched), readView(found.view));
      return null;
    } finally {
      this.#checking = false;
    }
  }

  #apply(gate: OpenGate | null, decision: Decision, via: Via): void {
    if (gate) this.#resolve(gate, decision, via);
    if (decision.action === 'abort') this.stop.abort({ by: decision.by ?? null, comment: decision.comment ?? null });
    this.#show();
  }

  #resolve(gate: OpenGate, decision: Decision, via: Via): void {
    const { action, by = null, comment = null, budgetUsd, budgetTokens, to } = decision;
    const limits: JsonObject =
      gate.gate === BUDGET_GATE ? { budgetUsd: budgetUsd ?? null, budgetTokens: budgetTokens ?? null } : {};
    if (action === 'approve' && namesSomebody(by)) gate.approvedBy.push(by);
    const complete = action !== 'approve' || gate.required <= Math.max(1, gate.approvedBy.length);
    this.log.emit(
      'approval_resolved',
      {
        requestId: gate.requestId,
        decisionId: uuid4(),
        gate: gate.gate,
        openedAt: gate.openedAt,
        action,
        by,
        comment,
        via,
        artifactSha256: gate.artifact?.sha256 ?? null,
        complete,
        ...(to === undefined ? {} : { to }),
        ...limits,
      },
      gate.phase,
    );
    this.live.rounds.noteDecision(gate, decision);
    if (!complete) return;
    this.live.closeGate(gate);
    const kind = ROUND_END[action];
    // one rejection, or one wish for changes, ends the waiting at all of them
    if (kind !== 'approved') this.live.dropGates();
    if (kind !== null && this.live.status.openGates.length === 0) this.#round?.end({ kind, gate, decision });
  }

  #show(): void {
    this.live.publish();
    this.log.flushSoon();
  }
}

const TOO_MANY_LOOKS: Refusal = {
  applied: false,
  reason: 'too_many_looks',
  message: `the edited file was looked at ${MAX_LOOKS} times for this gate: approve what the agent left, or request changes`,
};
const TOO_MANY_WAITING: Refusal = {
  applied: false,
  reason: 'too_many_waiting',
  message: `${MAX_WAITING} decisions wait already for a look at an edited file: decide again in a minute`,
};

function refused(message: string): ApplicationFailure {
  const code: FailureCode = 'decision_refused';
  return ApplicationFailure.nonRetryable(message, code);
}
