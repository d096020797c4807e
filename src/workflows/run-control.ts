import { parseControl, type Control, type ControlAction } from '../domain/control-signals.js';
import type { IgnoreReason } from '../domain/gate-decisions.js';
import type { PhaseStatus, RunStatus } from '../domain/run-status.js';
import type { Decisions } from './decisions.js';
import type { EventLog } from './event-log.js';
import type { RunFailure } from './run-failure.js';
import type { LiveRun } from './live-run.js';
import type { Stop } from './stop.js';

/** A phase that failed and waits for help. */
interface Parked {
  phase: PhaseStatus;
  code: string;
  message: string;
}

/**
 * The pauses that people asked for, and the waiting of a run whose phase failed. Both survive everything, since history
 * has them.
 */
export class RunControl {
  #paused: Control | null = null;
  #parked: Parked | null = null;
  #answer: Control | null = null;

  constructor(
    private readonly live: LiveRun,
    private readonly log: EventLog,
    private readonly stop: Stop,
    private readonly decisions: Decisions,
  ) {}

  /** A control signal: applied, or recorded as ignored. Never throws. */
  receive(action: ControlAction, payload: unknown): void {
    const control = parseControl(action, payload);
    const refusal = 'malformed' in control ? (['malformed', control.malformed] as const) : this.#refuse(control);
    if (refusal) return this.decisions.ignore(action, ...refusal);
    this.#apply(control as Control);
    this.#show();
  }

  /** Waits while a person has paused the run. Call it before a phase begins, for the first time or again. */
  async holdWhilePaused(): Promise<void> {
    // no activity runs that would take the last events to the mirror
    if (this.#paused) this.#show();
    // this is asked again, because a resume and the next pause may come in one task
    do await this.stop.until(() => this.#paused === null);
    while (this.#paused);
  }

  /**
   * Waits until a person says how the run goes on after its phase failed.
   *
   * @returns `retry` or `skip`, with what the person said
   */
  async park(phase: PhaseStatus, { code, message }: RunFailure): Promise<Control> {
    this.#parked = { phase, code, message };
    this.#answer = null;
    this.live.waitFor(this.#waitsFor());
    this.log.emit('run_paused', { reason: code, message, phase: phase.key });
    this.#show();
    await this.stop.until(() => this.#answer !== null);
    const answer = this.#answer as Control | null;
    return answer ?? { action: 'retry' };
  }

  #refuse({ action }: Control): readonly [IgnoreReason, string] | undefined {
    if (this.stop.over) return ['run_ended', 'the run has ended'];
    if (action === 'pause' && this.#paused) return ['already_paused', 'the run is paused already'];
    if (action === 'resume' && !this.#paused) {
      return [
        'nothing_to_resume',
        this.#parked ? 'the run is not paused: it waits for retry, skip or abort' : 'the run is not paused',
      ];
    }
    const { phase = null } = this.#parked ?? {};
    if ((action === 'retry' || action === 'skip') && !phase)
      return ['nothing_parked', 'no failed phase waits for help'];
    if (action === 'skip' && !phase?.maySkip)
      return ['may_not_skip', `the template does not allow to skip phase ${phase?.key}`];
    return undefined;
  }

  #apply(control: Control): void {
    const { action, by = null, comment = null, budgetUsd = null, budgetTokens = null } = control;
    const phase = this.#parked?.phase.key ?? null;
    if (action === 'pause') this.#paused = control;
    else if (action === 'resume') this.#paused = null;
    else [this.#parked, this.#answer] = [null, control];
    this.live.waitFor(this.#waitsFor());
    const { state } = this.live.status;
    if (action === 'pause') this.log.emit('run_paused', { reason: 'pause', by, comment });
    else if (action === 'resume') this.log.emit('run_resumed', { action, by, comment, state });
    else this.log.emit('run_resumed', { action, phase, by, comment, budgetUsd, budgetTokens, state });
  }

  /** A failed phase is shown before a pause, because a resume alone would not help. */
  #waitsFor(): RunStatus['waitsFor'] {
    if (this.#parked)
      return { kind: 'parked', phase: this.#parked.phase.key, code: this.#parked.code, message: this.#parked.message };
    const message = this.#paused?.comment ?? 'a person paused the run; it goes on after resume';
    return this.#paused && { kind: 'paused', phase: null, code: null, message };
  }

  #show(): void {
    this.live.publish();
    this.log.flushSoon();
  }
}
