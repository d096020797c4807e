import type { PhaseTask } from '../../src/domain/phase-contract.js';
import type { Plan, PlannedPhase } from '../../src/domain/plan.js';
import { NO_COMMENTS } from '../../src/domain/rounds/comments.js';

/** What the task of a phase has in its first round. */
export const FIRST_ROUND: Pick<PhaseTask, 'round' | 'sentBack' | 'copies' | 'comments'> = {
  round: 1,
  sentBack: null,
  copies: [],
  comments: NO_COMMENTS,
};

/** What a planned phase has when its template says nothing of checks and rounds. */
export const NO_CHECKS: Pick<PlannedPhase, 'checks' | 'repairs' | 'mayChangeProtected' | 'sendBack' | 'failWhen'> = {
  checks: [],
  repairs: 5,
  mayChangeProtected: false,
  sendBack: null,
  failWhen: null,
};

/** What a plan has for a repository without commands. */
export const NO_COMMANDS: Plan['commands'] = {
  source: { kind: 'none', note: null },
  sandbox: 'off',
  setup: [],
  protect: [],
  env: [],
  warnings: [],
};
