import { PhasegateError } from '../../domain/failures.js';
import type { JsonObject } from '../../domain/text/json.js';
import type { Review, ReviewedPullRequest, Seen } from '../forge.js';
import { objectIn, textIn, wordIn, type ForgeHttp } from '../forge-http.js';

/** What GitLab writes into the list of notes when somebody reviews. */
const KINDS: readonly (readonly [words: RegExp, kind: Review['kind']])[] = [
  [/^approved this merge request/i, 'approve'],
  [/^unapproved this merge request/i, 'withdrawn'],
  [/^requested changes/i, 'requestChanges'],
];

/** A commit that the merge request was at, from a time on. */
interface Version {
  sha: string;
  /** Milliseconds. */
  since: number;
}

/**
 * The reviews of a merge request. GitLab's list of approvals does not say which commit somebody approved; its notes have
 * the time of each, and the versions the time at which each commit came. A review is one of the commit that the merge
 * request was at when it was written.
 *
 * @param request - path of the merge request
 */
export async function readReviews(
  http: ForgeHttp,
  request: string,
  seen: Seen,
): Promise<{ seen: Seen; found: ReviewedPullRequest | null }> {
  const notesPath = `${request}/notes?sort=asc&order_by=created_at&per_page=100`;
  const itself = await http.object(request, { etag: seen['pull'] });
  const list = await http.list(notesPath, { etag: seen['reviews'] });
  if (itself.status === 304 && list.status === 304) return { seen, found: null };
  const { body } = itself.status === 304 ? await http.object(request) : itself;
  const { all } = list.status === 304 ? await http.list(notesPath) : list;
  const versions = await http.list(`${request}/versions?per_page=100`);
  const known = versions.all
    .map((version) => ({ sha: textIn(version, 'head_commit_sha'), since: timeOf(version) }))
    .sort((one, other) => other.since - one.since);
  const told = wordIn(body, 'state');
  const state = told === 'merged' ? 'merged' : told === 'closed' ? 'closed' : 'open';
  const tags: Seen = {
    ...(itself.etag !== null && { pull: itself.etag }),
    ...(list.etag !== null && { reviews: list.etag }),
  };
  return { seen: tags, found: { state, reviews: reviewsIn(all, known) } };
}

/**
 * The newest verdict of each person. What they wrote of the same commit since the verdict before is its text.
 *
 * @param versions - the newest first
 */
function reviewsIn(notes: readonly JsonObject[], versions: readonly Version[]): Review[] {
  const newest = new Map<string, Review>();
  const said = new Map<string, { sha: string | null; words: string }[]>();
  for (const note of notes) {
    const login = textIn(objectIn(note, 'author'), 'username');
    const text = textIn(note, 'body');
    const time = timeOf(note);
    // a version of the very same moment may have come before or after: it is not known what was looked at
    const at = versions.find(({ since }) => since <= time);
    const sha = at === undefined || at.since === time ? null : at.sha;
    if (note.system !== true) {
      said.set(login, [...(said.get(login) ?? []), { sha, words: `${placeOf(note)}${text}` }]);
      continue;
    }
    const kind = KINDS.find(([words]) => words.test(text))?.[1];
    if (!kind) continue;
    newest.delete(login);
    newest.set(login, {
      id: `${textIn(note, 'id')}:${kind}`,
      login,
      kind,
      text: kind === 'requestChanges' ? wordsOf(said.get(login) ?? [], sha) : '',
      sha,
    });
    said.delete(login);
  }
  return [...newest.values()];
}

function wordsOf(said: readonly { sha: string | null; words: string }[], sha: string | null): string {
  return said.flatMap((one) => (one.sha === sha ? one.words : [])).join('\n');
}

/** Milliseconds. @throws PhasegateError where the forge tells no time: then nobody knows what was reviewed */
function timeOf(one: JsonObject): number {
  const time = Date.parse(textIn(one, 'created_at'));
  if (Number.isNaN(time))
    throw new PhasegateError('forge_unavailable', 'the forge does not say when a review or a commit came');
  return time;
}

function placeOf(note: JsonObject): string {
  const position = objectIn(note, 'position');
  const [path, line] = [textIn(position, 'new_path'), textIn(position, 'new_line')];
  return path === '' ? '' : `${path}${line === '' ? '' : `:${line}`}: `;
}
