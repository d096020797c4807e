import type { RunEvent } from '../../domain/record/events.js';
import { approvalChange, type ApprovalChange } from './approval-change.js';
import { deliveryChange, type DeliveryChange } from './delivery-change.js';
import { phaseChange, type PhaseChange } from './phase-change.js';
import { runChange, type RunChange } from './run-change.js';

/** What one event changes in the tables that are made from events. Fields that are not named stay. */
export type Change = RunChange & PhaseChange & ApprovalChange & DeliveryChange;

/**
 * What one event changes in the tables that are made from events, in the form that the database's function
 * `apply_event` takes (prisma/migrations).
 */
export function changeOf(event: RunEvent): Change {
  return { ...runChange(event), ...phaseChange(event), ...approvalChange(event), ...deliveryChange(event) };
}
