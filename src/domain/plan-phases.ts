import { parseDuration } from './duration.js';
import type { PlannedPhase } from './plan.js';
import { PHASE_DEFAULTS, type Template } from './template.js';

/**
 * The phases of a template with every default filled in.
 *
 * @param template - checked: its durations are known to parse
 */
export function planPhases(template: Template): PlannedPhase[] {
  return template.phases.map((phase, index) => ({
    key: phase.key,
    index,
    role: phase.role,
    instructions: phase.instructions,
    artifact: phase.artifact ? { path: phase.artifact.path, schemaId: phase.artifact.schema } : null,
    gates: phase.gates ?? [],
    timeoutMs: parseDuration(phase.timeout ?? '') ?? PHASE_DEFAULTS.timeoutMs,
    attempts: phase.attempts ?? PHASE_DEFAULTS.attempts,
    patienceMs: parseDuration(phase.patience ?? '') ?? PHASE_DEFAULTS.patienceMs,
    maxModelCalls: phase.maxModelCalls ?? PHASE_DEFAULTS.maxModelCalls,
  }));
}
