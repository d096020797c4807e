import type { JsonObject } from '../../domain/text/json.js';
import type { Review, ReviewedPullRequest, Seen } from '../forge.js';
import { objectIn, textIn, type ForgeHttp } from '../forge-http.js';

/** What GitLab writes into the list of notes when somebody reviews. */
const KINDS: readonly (readonly [words: RegExp, kind: Review['kind']])[] = [
  [/^approved this merge request/i, 'approve'],
  [/^unapproved this merge request/i, 'withdrawn'],
  [/^requested changes/i, 'requestChanges'],
];

/**
 * The reviews of a merge request. GitLab's list of approvals does not say which commit somebody approved; its notes have
 * the time of each, and the versions the time at which the commit came.
 *
 * @param request - path of the merge request
 * @param sha - what came before this commit is told as a review of another one
 */
export async function readReviews(
  http: ForgeHttp,
  request: string,
  sha: string,
  seen: Seen,
): Promise<{ seen: Seen; found: ReviewedPullRequest | null }> {
  const notesPath = `${request}/notes?sort=asc&order_by=created_at&per_page=100`;
  const itself = await http.object(request, { etag: seen['pull'] });
  const list = await http.list(notesPath, { etag: seen['reviews'] });
  if (itself.status === 304 && list.status === 304) return { seen, found: null };
  const { body } = itself.status === 304 ? await http.object(request) : itself;
  const { all } = list.status === 304 ? await http.list(notesPath) : list;
  const versions = await http.list(`${request}/versions?per_page=100`);
  const isAtCommit = timesOf(versions.all, sha);
  const told = textIn(body, 'state');
  const state = told === 'merged' ? 'merged' : told === 'closed' ? 'closed' : 'open';
  const tags: Seen = {
    ...(itself.etag !== null && { pull: itself.etag }),
    ...(list.etag !== null && { reviews: list.etag }),
  };
  return { seen: tags, found: { state, reviews: reviewsIn(all, isAtCommit, sha) } };
}

/** Whether the merge request was at a commit at a time: from the version that brought it until the next one. */
function timesOf(versions: readonly JsonObject[], sha: string): (at: number) => boolean {
  const came = versions
    .map((version) => ({ at: Date.parse(textIn(version, 'created_at')), head: textIn(version, 'head_commit_sha') }))
    .sort((one, other) => one.at - other.at);
  return (at) => {
    const last = came.findLastIndex((version) => version.at <= at);
    if (came[last]?.head !== sha) return false;
    // a time within the very second of another version may mean either of them
    const first = came.findIndex((version) => version.at === came[last]?.at);
    return came.slice(first, last).every(({ head }) => head === sha);
  };
}

/** The newest verdict of each person. What they wrote since the verdict before is its text. */
function reviewsIn(notes: readonly JsonObject[], isAtCommit: (at: number) => boolean, sha: string): Review[] {
  const newest = new Map<string, Review>();
  const said = new Map<string, string[]>();
  for (const note of notes) {
    const login = textIn(objectIn(note, 'author'), 'username');
    const text = textIn(note, 'body');
    const isOfIt = isAtCommit(Date.parse(textIn(note, 'created_at')));
    if (note.system !== true) {
      if (isOfIt) said.set(login, [...(said.get(login) ?? []), `${placeOf(note)}${text}`]);
      continue;
    }
    const kind = KINDS.find(([words]) => words.test(text))?.[1];
    if (!kind) continue;
    newest.delete(login);
    newest.set(login, {
      id: `${textIn(note, 'id')}:${kind}`,
      login,
      kind,
      text: kind === 'requestChanges' ? (said.get(login) ?? []).join('\n') : '',
      sha: isOfIt ? sha : null,
    });
    said.delete(login);
  }
  return [...newest.values()];
}

function placeOf(note: JsonObject): string {
  const position = objectIn(note, 'position');
  const [path, line] = [textIn(position, 'new_path'), textIn(position, 'new_line')];
  return path === '' ? '' : `${path}${line === '' ? '' : `:${line}`}: `;
}
