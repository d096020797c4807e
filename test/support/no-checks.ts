import type { Plan, PlannedPhase } from '../../src/domain/plan.js';

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
