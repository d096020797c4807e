import type { RunEvent } from '../../domain/record/events.js';
import { approvalChange, type ApprovalChange } from './approval-change.js';
import { phaseChange, type PhaseChange } from './phase-change.js';
import { runChange, type RunChange } from './run-change.js';

/** What one event changes in the tables that are made from events: what is not named stays. */
export type Change = RunChange & PhaseChange & ApprovalChange;

/**
 * What one event changes in the tables that are made from events, as the function `apply_event` of the database takes
 * it (prisma/migrations).
 */
export function changeOf(event: RunEvent): Change {
  return { ...runChange(event), ...phaseChange(event), ...approvalChange(event) };
}
