import { isJsonObject } from '../text/json.js';
import type { FoundPullRequest, PushedBranch, ReviewNews } from './deliver.js';

// A person can complete an activity by hand, with any result: see src/domain/activity-results.ts.

/** Whether a result is a branch that was pushed. */
export function isPushed(value: unknown): value is PushedBranch {
  return (
    isJsonObject(value) && ['remote', 'url', 'branch', 'sha', 'how'].every((key) => typeof value[key] === 'string')
  );
}

/** Whether a result is a pull request that was opened or found. */
export function isFound(value: unknown): value is FoundPullRequest {
  if (!isJsonObject(value) || !isJsonObject(value.pullRequest) || !Array.isArray(value.notes)) return false;
  const { number, url } = value.pullRequest;
  return typeof number === 'number' && typeof url === 'string' && value.notes.every((note) => typeof note === 'string');
}

/** Whether a result is what a look for reviews found. */
export function isReviewNews(value: unknown): value is ReviewNews {
  if (!isJsonObject(value) || typeof value.state !== 'string' || !Array.isArray(value.reviews)) return false;
  return value.reviews.every(
    (review) =>
      isJsonObject(review) &&
      ['id', 'by', 'comment'].every((key) => typeof review[key] === 'string') &&
      (review.action === 'approve' || review.action === 'requestChanges') &&
      typeof review.mayWrite === 'boolean',
  );
}
