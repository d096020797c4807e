import { money } from '../../../src/domain/money/amount.js';
import { noUsage } from '../../../src/domain/money/usage.js';
import type { PhaseOutcome } from '../../../src/domain/phase-contract.js';
import { NOTHING_MATCHED } from '../../../src/domain/rounds/when.js';
import type { Plan, PlannedGate, PlannedPhase } from '../../../src/domain/plan.js';
import { planGate } from '../../../src/domain/template/plan-phases.js';
import { NO_CHECKS, NO_COMMANDS } from '../../support/no-checks.js';

/** A gate that anybody decides, unless told otherwise. */
export function gate(name: string, more: Partial<PlannedGate> = {}): PlannedGate {
  return { ...planGate(name), ...more };
}

/** A plan of these phases, all of the role `worker`. */
export function plan(phases: Partial<PlannedPhase>[], more: Partial<Plan> = {}): Plan {
  return {
    template: { name: 't', version: '1', hash: 'h' },
    phases: phases.map((phase, index): PlannedPhase => {
      const key = phase.key ?? `phase-${index + 1}`;
      const artifact = { path: `artifacts/${key}.json`, schemaId: 'urn:x' };
      return {
        key,
        index,
        role: 'worker',
        instructions: 'work',
        artifact,
        gates: [],
        maxRevisions: 3,
        maySkip: false,
        timeoutMs: 60_000,
        attempts: 2,
        patienceMs: 60_000,
        maxModelCalls: 9,
        budget: { microUsd: null, tokens: null },
        ...NO_CHECKS,
        ...phase,
      };
    }),
    bindings: [
      {
        role: 'worker',
        persona: { name: 'p', version: '1', roles: ['worker'], backend: 'b', model: 'm', systemPrompt: 's', tools: [] },
        personaHash: 'x',
        bindingHash: 'y',
      },
    ],
    schemas: {},
    prices: {},
    repository: { path: '/r', baseBranch: 'main', baseCommit: 'c0', branch: 'phasegate/w', checkoutMs: 900_000 },
    requirements: { sha256: 's', bytes: 1 },
    inputHash: 'i',
    budget: { microUsd: null, tokens: null },
    onBudget: 'fail',
    onHumanRequired: 'fail',
    startedBy: null,
    queueing: { priorityKey: 3, fairnessKey: 'shop' },
    notify: [],
    commands: NO_COMMANDS,
    ...more,
  };
}

/** A phase that left its artifact at the first attempt. */
export function outcome(phaseKey: string, more: Partial<PhaseOutcome> = {}): PhaseOutcome {
  const artifact = {
    phaseKey,
    path: `artifacts/${phaseKey}.json`,
    schemaId: 'urn:x',
    sha256: 'a'.repeat(64),
    bytes: 2,
  };
  return {
    artifact,
    attempts: 1,
    usage: { ...noUsage(), calls: 1, costMicroUsd: money(100) },
    commit: null,
    checks: [],
    matched: NOTHING_MATCHED,
    protectedChanged: [],
    ...more,
  };
}
