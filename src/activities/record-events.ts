import { log } from '@temporalio/activity';
import type { Activities } from '../domain/activity-contract.js';
import type { RunEvent } from '../domain/record/events.js';
import type { RunRef } from '../domain/run-state.js';
import type { ActivityDeps } from './deps.js';
import { asApplicationFailure } from './temporal-failure.js';

/**
 * Writes a batch of the workflow's events to the mirror (S18, S19). Where gates have opened, it writes the page that
 * people read before they decide.
 */
export function createRecordEvents({ mirror, config }: ActivityDeps): Activities['recordEvents'] {
  return async (run, events) => {
    try {
      await mirror.appendEvents(run, events);
    } catch (error) {
      throw asApplicationFailure(error);
    }
    const requestIds = requestsIn(events);
    if (requestIds.length > 0) await tryToWrite({ mirror, workspaceRoot: config.workspaceRoot }, run, requestIds);
  };
}

/** A gate also waits without its page: people can look at the run in other ways. */
async function tryToWrite(
  place: Pick<ActivityDeps, 'mirror'> & { workspaceRoot: string },
  run: RunRef,
  requestIds: readonly string[],
): Promise<void> {
  try {
    const { writeReviewPage } = await import('../upkeep/review-page.js');
    await writeReviewPage(place, run, requestIds);
  } catch (error) {
    log.warn('the review page could not be written', { runId: run.runId, error: String(error) });
  }
}

/** The requests of the phase whose gates opened last. */
function requestsIn(events: readonly RunEvent[]): string[] {
  const asked = events.filter(({ type }) => type === 'approval_requested');
  const phaseKey = asked.at(-1)?.phaseKey;
  return asked.flatMap(({ phaseKey: of, payload: { requestId } }) =>
    of === phaseKey && typeof requestId === 'string' ? [requestId] : [],
  );
}
