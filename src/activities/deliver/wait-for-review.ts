import { activityInfo, Context } from '@temporalio/activity';
import type { Activities } from '../../domain/activity-contract.js';
import type { NewReview, ReviewLook, ReviewNews } from '../../domain/deliver/deliver.js';
import { cut } from '../../domain/failures.js';
import type { Forge, Seen } from '../../forge/forge.js';
import type { ActivityDeps } from '../deps.js';
import { asDeliveryFailure } from './delivery-failure.js';
import { forgeOf } from './forge-of.js';
import { lookAgain } from './wait-for-checks.js';

const SHORTEST_MS = 1_000;
const LONGEST_MS = 5 * 60_000;
/** Longest comment that a decision may have. */
const MOST_WORDS = 9_000;

/**
 * Looks for reviews of a pull request that the run does not know. Where there are none, it ends as a failure that
 * Temporal's server tries again later: a gate may wait for months, and its history does not grow. The ETags of a look are
 * handed to the next one, so that a look at what has not changed costs the token nothing.
 */
export function createWaitForReview(deps: Pick<ActivityDeps, 'env'>): Activities['waitForReview'] {
  return async (delivery, look) => {
    const context = Context.current();
    const { seen = {} } = (context.info.heartbeatDetails as { seen?: Seen } | undefined) ?? {};
    try {
      const { forge } = await forgeOf(deps, delivery, context.cancellationSignal);
      const next = await lookOnce(forge, look, seen);
      if (next.news) return next.news;
      context.heartbeat({ seen: next.seen });
    } catch (error) {
      context.heartbeat({ seen });
      throw asDeliveryFailure(error);
    }
    const waited = Date.now() - activityInfo().scheduledTimestampMs;
    throw lookAgain('nobody has reviewed it yet', Math.min(Math.max(SHORTEST_MS, waited / 20), LONGEST_MS));
  };
}

async function lookOnce(
  forge: Forge,
  { number, sha, known, state }: ReviewLook,
  before: Seen,
): Promise<{ seen: Seen; news: ReviewNews | null }> {
  const { seen, found } = await forge.reviews(number, before);
  if (found === null) return { seen, news: null };
  const reviews: NewReview[] = [];
  for (const { id, login, kind, text, sha: of } of found.reviews) {
    if (kind === 'withdrawn' || of !== sha || known.includes(id)) continue;
    const mayWrite = await forge.mayWrite(login);
    const comment = cut(text.trim(), MOST_WORDS);
    reviews.push({ id, by: cut(`${forge.provider}:${login}`, 200), action: kind, comment, mayWrite });
  }
  const hasNews = reviews.length > 0 || found.state !== state;
  return { seen, news: hasNews ? { state: found.state, reviews } : null };
}
