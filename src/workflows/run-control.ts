import { condition } from '@temporalio/workflow';
import { parseControl, type Control, type ControlAction } from '../domain/control-signals.js';
import type { IgnoreReason } from '../domain/gate-decisions.js';
import type { PhaseStatus } from '../domain/run-status.js';
import type { Decisions } from './decisions.js';
import type { EventLog } from './event-log.js';
import type { RunFailure } from './failure.js';
import type { RunModel } from './run-model.js';

/** Pauses of people, and the waiting of a run whose phase failed: both survive everything, since history has them. */
export class RunControl {
  #paused: Control | null = null;
  #parked: PhaseStatus | null = null;
  #answer: Control | null = null;

  constructor(
    private readonly model: RunModel,
    private readonly log: EventLog,
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

  /** Holds while a person has paused the run. */
  async holdWhilePaused(): Promise<void> {
    if (this.#paused) await condition(() => this.#paused === null);
  }

  /**
   * Waits for a person to say how a run goes on whose phase failed.
   *
   * @returns `retry` or `skip`, with what the person said
   */
  async park(phase: PhaseStatus, { code, message }: RunFailure): Promise<Control> {
    this.#parked = phase;
    this.#answer = null;
    this.model.status.state = 'paused';
    this.model.status.waitsFor = { kind: 'parked', phase: phase.key, code, message };
    this.log.emit('run_paused', { reason: code, message, phase: phase.key });
    this.#show();
    await condition(() => this.#answer !== null);
    const answer = this.#answer as Control | null;
    return answer ?? { action: 'retry' };
  }

  #refuse({ action }: Control): readonly [IgnoreReason, string] | undefined {
    if (action === 'pause' && this.#paused) return ['already_paused', 'the run is paused already'];
    if (action === 'resume' && !this.#paused) {
      return ['nothing_to_resume', this.#parked ? 'the run is not paused: it waits for retry, skip or abort' : 'the run is not paused'];
    }
    if ((action === 'retry' || action === 'skip') && !this.#parked) return ['nothing_parked', 'no failed phase waits for help'];
    if (action === 'skip' && !this.#parked?.maySkip) return ['may_not_skip', `the template does not allow to skip phase ${this.#parked?.key}`];
    return undefined;
  }

  #apply(control: Control): void {
    const { by = null, comment = null } = control;
    switch (control.action) {
      case 'pause':
        this.#paused = control;
        this.log.emit('run_paused', { reason: 'pause', by, comment });
        break;
      case 'resume':
        this.#paused = null;
        this.log.emit('run_resumed', { action: 'resume', by, comment });
        break;
      case 'retry':
      case 'skip':
        this.log.emit('run_resumed', { action: control.action, phase: this.#parked?.key ?? null, by, comment, budgetUsd: control.budgetUsd ?? null, budgetTokens: control.budgetTokens ?? null });
        this.model.raiseBudget({ budgetUsd: control.budgetUsd, budgetTokens: control.budgetTokens });
        this.#parked = null;
        this.#answer = control;
    }
    this.#setState();
  }

  #setState(): void {
    const { status } = this.model;
    if (this.#parked) return;
    status.state = this.#paused ? 'paused' : 'executing';
    status.waitsFor = this.#paused && { kind: 'paused', phase: null, code: null, message: this.#paused.comment ?? 'a person paused the run; it goes on after resume' };
  }

  #show(): void {
    this.model.publish();
    this.log.flushSoon();
  }
}
