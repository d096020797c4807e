import type { PhaseTask } from '../../domain/phase-contract.js';
import type { Usage } from '../../domain/money/usage.js';
import type { Binding } from '../../domain/plan.js';
import type { PhaseStatus } from '../../domain/run-status.js';

/** A phase that leaves an artifact, and who does it. */
export interface Work {
  phase: PhaseTask['phase'];
  binding: Binding;
  status: PhaseStatus;
  /** What its earlier rounds used. */
  usageBefore: Usage;
}
