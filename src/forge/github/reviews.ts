import type { JsonObject } from '../../domain/text/json.js';
import type { Review, ReviewedPullRequest, Seen } from '../forge.js';
import { objectIn, textIn, wordIn, type ForgeHttp } from '../forge-http.js';

const KINDS: Readonly<Record<string, Review['kind']>> = {
  APPROVED: 'approve',
  CHANGES_REQUESTED: 'requestChanges',
  DISMISSED: 'withdrawn',
};
/** Comments on lines of code that go along with one review. */
const MOST_COMMENTS = 50;

/**
 * The reviews of a pull request. Only the newest of each person counts; a remark without a verdict leaves the one before
 * as it is.
 *
 * @param pull - path of the pull request
 * @param seen - ETags of the last look; where neither has changed, the look costs the token nothing
 */
export async function readReviews(
  http: ForgeHttp,
  pull: string,
  seen: Seen,
): Promise<{ seen: Seen; found: ReviewedPullRequest | null }> {
  const itself = await http.object(pull, { etag: seen['pull'] });
  const list = await http.list(`${pull}/reviews?per_page=100`, { etag: seen['reviews'] });
  if (itself.status === 304 && list.status === 304) return { seen, found: null };
  // one of them has changed, so that both are needed
  const { body } = itself.status === 304 ? await http.object(pull) : itself;
  const { all } = list.status === 304 ? await http.list(`${pull}/reviews?per_page=100`) : list;
  const state = wordIn(body, 'state') === 'open' ? 'open' : textIn(body, 'merged_at') === '' ? 'closed' : 'merged';
  const newest = new Map<string, JsonObject>();
  for (const review of all) {
    const login = textIn(objectIn(review, 'user'), 'login');
    if (login === '' || KINDS[textIn(review, 'state')] === undefined) continue;
    newest.delete(login);
    newest.set(login, review);
  }
  const reviews: Review[] = [];
  for (const [login, review] of newest) {
    const kind = KINDS[textIn(review, 'state')] ?? 'withdrawn';
    const id = textIn(review, 'id');
    const text = textIn(review, 'body');
    const lines = kind === 'requestChanges' ? await commentsOf(http, `${pull}/reviews/${id}/comments`) : [];
    reviews.push({
      id: `${id}:${kind}`,
      login,
      kind,
      text: [text, ...lines].filter((part) => part !== '').join('\n'),
      sha: textIn(review, 'commit_id') || null,
    });
  }
  const tags: Seen = {
    ...(itself.etag !== null && { pull: itself.etag }),
    ...(list.etag !== null && { reviews: list.etag }),
  };
  return { seen: tags, found: { state, reviews } };
}

/** What a review says of single lines: `src/a.ts:12: text`. */
async function commentsOf(http: ForgeHttp, path: string): Promise<string[]> {
  const { all } = await http.list(`${path}?per_page=${MOST_COMMENTS}`);
  return all.slice(0, MOST_COMMENTS).map((comment) => {
    const line = textIn(comment, 'line') || textIn(comment, 'original_line');
    return `${textIn(comment, 'path')}${line === '' ? '' : `:${line}`}: ${textIn(comment, 'body')}`;
  });
}
