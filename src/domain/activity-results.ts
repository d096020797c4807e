import { isJsonObject } from './text/json.js';
import type { PhaseOutcome } from './phase-contract.js';
import type { Plan } from './plan.js';
import { isUsage } from './money/usage.js';

// A person can complete an activity by hand (`temporal activity complete`), with any result. The parts of a result that
// the workflow reads are checked here: a TypeError in workflow code would fail its task again and again.

/** Whether a result of `planRun` is a plan, as far as the workflow reads it. */
export function isPlan(value: unknown): value is Plan {
  if (!isJsonObject(value)) return false;
  const { template, phases, bindings, schemas, prices, repository, requirements } = value;
  return (
    isJsonObject(template) &&
    typeof template.name === 'string' &&
    typeof template.version === 'string' &&
    Array.isArray(phases) &&
    phases.every(isPhase) &&
    Array.isArray(bindings) &&
    bindings.every(isBinding) &&
    [schemas, prices, repository, requirements].every(isJsonObject)
  );
}

function isPhase(value: unknown, index: number): boolean {
  if (!isJsonObject(value)) return false;
  const { key, role, artifact, gates, timeoutMs } = value;
  const hasArtifact =
    isJsonObject(artifact) && typeof artifact.path === 'string' && typeof artifact.schemaId === 'string';
  return (
    typeof key === 'string' &&
    value.index === index &&
    typeof role === 'string' &&
    (artifact === null || hasArtifact) &&
    Array.isArray(gates) &&
    typeof timeoutMs === 'number'
  );
}

function isBinding(value: unknown): boolean {
  return (
    isJsonObject(value) &&
    typeof value.role === 'string' &&
    isJsonObject(value.persona) &&
    typeof value.persona.name === 'string' &&
    (value.persona.fallbacks === undefined ||
      (Array.isArray(value.persona.fallbacks) && value.persona.fallbacks.every(isJsonObject)))
  );
}

/** Whether a result of `executePhase` is a phase's outcome, as far as the workflow reads it. */
export function isPhaseOutcome(value: unknown): value is PhaseOutcome {
  if (!isJsonObject(value)) return false;
  const { artifact, attempts, usage, commit } = value;
  return (
    isJsonObject(artifact) &&
    typeof artifact.path === 'string' &&
    typeof artifact.sha256 === 'string' &&
    typeof attempts === 'number' &&
    isUsage(usage) &&
    (commit === null || isJsonObject(commit))
  );
}
