import { setDefaultSignalHandler, setHandler, uuid4 } from '@temporalio/workflow';
import { cut } from '../domain/failures.js';
import { judge, parseDecision, type Decision, type DecisionAction, type IgnoreReason } from '../domain/gate-decisions.js';
import { nearestName } from '../domain/nearest-name.js';
import type { OpenGate } from '../domain/run-status.js';
import type { EventLog } from './event-log.js';
import { decisionSignals, STATUS_DESCRIPTION, statusQuery } from './messages.js';
import type { RunModel } from './run-model.js';

const MAX_IGNORED_SHOWN = 10;

/** What became of the phase that waits at its gates, or of the whole run. */
export interface Verdicts {
  rejection: { gate: OpenGate; decision: Decision } | null;
  abort: Decision | null;
}

/** Answers signals and the status query from the first workflow task on; no payload, whatever its shape, makes it throw. */
export class Decisions {
  readonly verdicts: Verdicts = { rejection: null, abort: null };
  /** Called when an abort is applied. */
  onAbort: () => void = () => undefined;
  #ended = false;

  constructor(
    private readonly model: RunModel,
    private readonly log: EventLog,
  ) {}

  /** Must be called before the workflow's first await: a signal may be there already. */
  listen(): void {
    setHandler(statusQuery, () => this.model.status, { description: STATUS_DESCRIPTION });
    for (const [action, { signal, description }] of Object.entries(decisionSignals)) {
      setHandler(signal, (payload) => this.#receive(action as DecisionAction, payload), { description });
    }
    setDefaultSignalHandler((name) => {
      const nearest = nearestName(name, Object.keys(decisionSignals));
      this.#ignore(name, 'unknown_signal', `there is no signal ${cut(name, 100)}${nearest ? `; did you mean ${nearest}?` : ''}`);
    });
  }

  /** From now on every decision is too late. */
  end(): void {
    this.#ended = true;
  }

  #receive(action: DecisionAction, payload: unknown): void {
    const decision = parseDecision(action, payload);
    if ('malformed' in decision) return this.#ignore(action, 'malformed', decision.malformed);
    const verdict = judge(decision, {
      openGates: this.model.status.openGates,
      decided: this.model.decided,
      personas: this.model.personas,
      ended: this.#ended || this.verdicts.abort !== null,
    });
    if (!verdict.applied) return this.#ignore(action, verdict.reason, verdict.message, decision);
    if (verdict.gate) this.#resolve(verdict.gate, decision);
    if (action === 'abort') {
      this.verdicts.abort = decision;
      this.onAbort();
    }
    this.#show();
  }

  #resolve(gate: OpenGate, decision: Decision): void {
    const { status, decided } = this.model;
    decided.add(`${gate.phase}/${gate.gate}`);
    status.openGates = status.openGates.filter((open) => open !== gate);
    if (decision.action === 'reject') this.verdicts.rejection = { gate, decision };
    this.log.emit(
      'approval_resolved',
      {
        requestId: gate.requestId,
        decisionId: uuid4(),
        gate: gate.gate,
        action: decision.action,
        by: decision.by ?? null,
        comment: decision.comment ?? null,
        via: 'signal',
        artifactSha256: gate.artifact.sha256,
      },
      gate.phase,
    );
  }

  #ignore(name: string, reason: IgnoreReason, message: string, decision?: Decision): void {
    const { status } = this.model;
    status.ignored = [...status.ignored, { name: cut(name, 100), reason: message, at: new Date().toISOString() }].slice(-MAX_IGNORED_SHOWN);
    const { phase = null, gate = null, by = null, comment = null } = decision ?? {};
    this.log.emit('decision_ignored', { name: cut(name, 100), reason, message, phase, gate, by, comment: comment && cut(comment, 1_000) });
    this.#show();
  }

  #show(): void {
    this.model.publish();
    this.log.flushSoon();
  }
}
