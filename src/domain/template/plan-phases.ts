import type { PlannedCheck } from '../check/planned-check.js';
import { CHECK_DEFAULTS } from '../check/repository-file.js';
import { limitsOf } from '../money/budget.js';
import { parseDuration } from '../text/duration.js';
import type { PlannedGate, PlannedPhase } from '../plan.js';
import { planChecks } from './plan-checks.js';
import { PHASE_DEFAULTS, type Template, type TemplateGate } from './template.js';

/**
 * The phases of a template with all defaults filled in.
 *
 * @param template - checked, so that its durations can be parsed
 * @param available - the checks of the repository; null where it says nothing of checks
 * @throws PhasegateError as {@link planChecks}
 */
export function planPhases(template: Template, available: readonly PlannedCheck[] | null): PlannedPhase[] {
  return template.phases.map((phase, index) => ({
    key: phase.key,
    index,
    role: phase.role,
    instructions: phase.instructions,
    artifact: phase.artifact ? { path: phase.artifact.path, schemaId: phase.artifact.schema } : null,
    gates: (phase.gates ?? []).map(planGate),
    maxRevisions: phase.maxRevisions ?? PHASE_DEFAULTS.maxRevisions,
    maySkip: phase.maySkip ?? false,
    timeoutMs: parseDuration(phase.timeout ?? '') ?? PHASE_DEFAULTS.timeoutMs,
    attempts: phase.attempts ?? PHASE_DEFAULTS.attempts,
    patienceMs: parseDuration(phase.patience ?? '') ?? PHASE_DEFAULTS.patienceMs,
    maxModelCalls: phase.maxModelCalls ?? PHASE_DEFAULTS.maxModelCalls,
    budget: limitsOf(phase),
    checks: planChecks(phase, available),
    repairs: phase.repairs ?? CHECK_DEFAULTS.repairs,
    mayChangeProtected: phase.mayChangeProtected ?? false,
    sendBack: phase.sendBack ? { onMax: 'gate', ...phase.sendBack } : null,
    failWhen: phase.failWhen ?? null,
  }));
}

/** A gate with all defaults filled in: anybody decides, without a time limit, unless the template says otherwise. */
export function planGate(gate: string | TemplateGate): PlannedGate {
  const given: TemplateGate = typeof gate === 'string' ? { name: gate } : gate;
  const timeoutMs = parseDuration(given.timeout ?? '') ?? null;
  const shares = (given.remindAt ?? []).map((share) => Number(share.replace('%', '')) / 100);
  return {
    name: given.name,
    approvers: given.approvers ?? null,
    required: given.required ?? 1,
    separateStarter: given.separateStarter ?? false,
    timeoutMs,
    onTimeout: given.onTimeout ?? 'wait',
    escalateTo: given.escalateTo ?? [],
    ...(given.decideBy && { decideBy: given.decideBy }),
    remindAtMs: timeoutMs === null ? [] : shares.map((share) => Math.round(share * timeoutMs)).sort((a, b) => a - b),
  };
}
