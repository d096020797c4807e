import { proxyActivities } from '@temporalio/workflow';

/** The one activity of the floor. */
export interface FloorActivities {
  noop(): Promise<void>;
}

const { noop } = proxyActivities<FloorActivities>({ startToCloseTimeout: '1 minute' });

/** What a run costs on this Temporal server at the very least: an activity that does nothing for each phase. */
export async function floorRun(phases: number): Promise<void> {
  for (let index = 0; index < phases; index++) await noop();
}
