import { proxyActivities } from '@temporalio/workflow';

/** The one activity of the floor. */
export interface FloorActivities {
  noop(): Promise<void>;
}

const { noop } = proxyActivities<FloorActivities>({ startToCloseTimeout: '1 minute' });

/** The least that a run can cost on this Temporal server: an activity that does nothing for each phase. */
export async function floorRun(phases: number): Promise<void> {
  for (let index = 0; index < phases; index++) await noop();
}
