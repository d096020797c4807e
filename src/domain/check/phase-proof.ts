import { cut } from '../failures.js';
import { isJsonObject } from '../text/json.js';
import { CHECK_OUTCOMES, COMMAND_ENDS, type CheckSummary } from './check-run.js';
import { checksText, NOTHING_RAN } from './check-text.js';

/** What the engine found out about the work of a phase, as people see it. */
export interface PhaseProof {
  /** In their order; empty when none ran. */
  checks: CheckSummary[];
  /** Files that the repository protects and that the run had changed by then; the first of them. */
  protectedChanged: string[];
  /** Whether its agent may change the repository. */
  mayChange: boolean;
}

const MOST_CHECKS = 50;
const MOST_FILES = 20;
const MAX_PATH = 300;

/**
 * The proof in a result of `executePhase`. A person can complete an activity by hand, with any result, and older ones
 * say nothing of checks.
 *
 * @param mayChange - whether the phase's agent may change the repository
 */
export function readProof(outcome: { checks?: unknown; protectedChanged?: unknown }, mayChange: boolean): PhaseProof {
  const { checks, protectedChanged } = outcome;
  const paths = Array.isArray(protectedChanged) ? protectedChanged.filter((path) => typeof path === 'string') : [];
  return {
    checks: Array.isArray(checks) ? checks.filter(isSummary).slice(0, MOST_CHECKS) : [],
    protectedChanged: paths.slice(0, MOST_FILES).map((path) => cut(path, MAX_PATH)),
    mayChange,
  };
}

function isSummary(value: unknown): value is CheckSummary {
  if (!isJsonObject(value)) return false;
  const { name, outcome, expect, end, exitCode, durationMs } = value;
  return (
    typeof name === 'string' &&
    CHECK_OUTCOMES.some((known) => known === outcome) &&
    (expect === 'pass' || expect === 'fail') &&
    COMMAND_ENDS.some((known) => known === end) &&
    (exitCode === null || typeof exitCode === 'number') &&
    typeof durationMs === 'number'
  );
}

/** The checks of a phase in one line; null where there is nothing to say. */
export function proofText(proof: PhaseProof | null): string | null {
  if (proof === null) return null;
  if (proof.checks.length > 0) return checksText(proof.checks);
  return proof.mayChange ? NOTHING_RAN : null;
}
