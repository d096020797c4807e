import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ControlAction } from '../domain/control-signals.js';
import type { DecisionAction } from '../domain/gate-decisions.js';
import type { RunStatus } from '../domain/run-status.js';

const PAYLOAD = 'Optional payload: {"phase", "gate", "by", "comment", "artifactSha256"}, all strings.';

/** A message with the text that Temporal's menus show for it. */
interface Described {
  signal: ReturnType<typeof defineSignal<[unknown]>>;
  description: string;
}

const signal = (name: string, description: string): Described => ({
  signal: defineSignal<[unknown]>(name),
  description,
});

/** The signals that decide gates. */
export const decisionSignals: Record<DecisionAction, Described> = {
  approve: signal('approve', `Approve the open gate. ${PAYLOAD}`),
  reject: signal('reject', `Reject the open gate: the run fails. ${PAYLOAD}`),
  requestChanges: signal(
    'requestChanges',
    `Have the phase work on its artifact again, with your comment. ${PAYLOAD} comment is needed. {"to": "PHASE"} sends the work back to an earlier phase: it and all after it run again.`,
  ),
  abort: signal(
    'abort',
    `Abort the run, at any time; with a phase or gate named, only while that gate is open. ${PAYLOAD}`,
  ),
};

/** The signals that steer the run. */
export const controlSignals: Record<ControlAction, Described> = {
  pause: signal('pause', 'Hold before the next phase. Optional payload: {"by", "comment"}.'),
  resume: signal('resume', 'Go on after a pause. Optional payload: {"by", "comment"}.'),
  retry: signal(
    'retry',
    'Try the failed phase again, when the run waits for help. Optional payload: {"by", "comment", "budgetUsd", "budgetTokens"}; the comment is told to the agent.',
  ),
  skip: signal(
    'skip',
    'Go on without the failed phase, where the template allows it. Optional payload: {"by", "comment"}.',
  ),
};

/** What the update `decide` answers. */
export interface Decided {
  applied: true;
  message: string;
}

export const decideUpdate = defineUpdate<Decided, [unknown]>('decide');
export const DECIDE_DESCRIPTION =
  'Decide an open gate, refused with the reason where it does not count: {"action": "approve" | "reject" | "requestChanges" | "abort", "phase", "gate", "by", "comment", "artifactSha256", "to"}; "to" is for requestChanges: the earlier phase that runs again.';

export const statusQuery = defineQuery<RunStatus>('status');
export const STATUS_DESCRIPTION = 'Where the run stands: phases, open gates, artifacts, tokens, cost';
