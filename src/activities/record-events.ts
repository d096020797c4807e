import type { Activities } from '../domain/activity-contract.js';
import type { ActivityDeps } from './deps.js';
import { asApplicationFailure } from './temporal-failure.js';

/** Writes a batch of the workflow's events to the mirror (S18, S19). */
export function createRecordEvents({ mirror }: ActivityDeps): Activities['recordEvents'] {
  return async (run, events) => {
    try {
      await mirror.appendEvents(run, events);
    } catch (error) {
      throw asApplicationFailure(error);
    }
  };
}
