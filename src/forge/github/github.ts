import { setTimeout as sleep } from 'node:timers/promises';
import type { PullRequest } from '../../domain/deliver/deliver.js';
import { PhasegateError } from '../../domain/failures.js';
import type { JsonObject, JsonValue } from '../../domain/text/json.js';
import { countChecks, type ForgeCheck } from '../count-checks.js';
import type { Forge, NewPullRequest, OpenedPullRequest } from '../forge.js';
import { asList, ForgeHttp, objectIn, statusOf, textIn, wordIn, type ForgeAccess } from '../forge-http.js';
import { readReviews } from './reviews.js';

/** A branch that was just pushed may not be known at once. */
const TRIES = 5;
const BETWEEN_TRIES_MS = 1_000;
const GREEN = new Set(['success', 'neutral', 'skipped']);

/**
 * GitHub, by its REST API of version 2022-11-28. (A draft can be ended only by GraphQL.)
 *
 * @param repository - `owner/name`
 */
export function openGithub(access: Omit<ForgeAccess, 'headers'>, repository: string): Forge {
  const owner = repository.split('/')[0] ?? '';
  const http = new ForgeHttp({
    ...access,
    headers: {
      authorization: `Bearer ${access.token}`,
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
    },
  });
  const repo = `/repos/${repository}`;
  const find = async (branch: string, base: string | null): Promise<PullRequest | null> => {
    const query = new URLSearchParams({ state: 'open', head: `${owner}:${branch}`, per_page: '100' });
    const { all } = await http.list(`${repo}/pulls?${query.toString()}`);
    const own = all.find(
      (pull) =>
        textIn(objectIn(pull, 'head'), 'ref') === branch &&
        isFromHere(pull) &&
        (base === null || textIn(objectIn(pull, 'base'), 'ref') === base),
    );
    return own ? toPullRequest(own) : null;
  };
  return {
    provider: 'github',
    repository: async () => {
      const { body } = await http.object(repo);
      if (body.archived === true) throw new PhasegateError('forge_archived', `${repository} is archived`);
      return { defaultBranch: textIn(body, 'default_branch') };
    },
    hasBranch: async (branch) =>
      (await http.object(`${repo}/branches/${encodeURIComponent(branch)}`, { okStatuses: [404] })).status !== 404,
    find,
    open: async (request) => {
      const made = await create(http, repo, request, () => find(request.branch, request.base));
      return { ...made, notes: await decorate(http, repo, made.number, request) };
    },
    update: async (number, { title, body }) => {
      await http.send(`${repo}/pulls/${number}`, { method: 'PATCH', body: { title, body } });
    },
    makeReady: async (number) => {
      const { body } = await http.object(`${repo}/pulls/${number}`);
      const query =
        'mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { clientMutationId } }';
      const answer = await http.send(graphqlOf(access.apiUrl), {
        method: 'POST',
        body: { query, variables: { id: textIn(body, 'node_id') } },
      });
      const [error] = asList((answer.body as JsonObject | null)?.errors);
      if (error)
        throw new PhasegateError('forge_rejected', `the draft could not be ended: ${textIn(error, 'message')}`);
    },
    checks: async (sha) => {
      const runs = await http.list(`${repo}/commits/${sha}/check-runs?per_page=100`, {
        member: 'check_runs',
      });
      const statuses = await http.list(`${repo}/commits/${sha}/status?per_page=100`, {
        member: 'statuses',
      });
      return countChecks([...runs.all.map(ofRun), ...statuses.all.map(ofStatus)]);
    },
    reviews: async (number, seen) => readReviews(http, `${repo}/pulls/${number}`, seen),
    mayWrite: async (login) => {
      const path = `${repo}/collaborators/${encodeURIComponent(login)}/permission`;
      const { body, status } = await http.object(path, { okStatuses: [404] });
      return status !== 404 && ['admin', 'write'].includes(wordIn(body, 'permission'));
    },
  };
}

/** Opens it. A repository without drafts gets one that is none. */
async function create(
  http: ForgeHttp,
  repo: string,
  { title, body, branch, base, draft }: NewPullRequest,
  findExisting: () => Promise<PullRequest | null>,
): Promise<PullRequest> {
  let asDraft = draft;
  for (let tries = 1; ; tries++) {
    try {
      const wanted = { title, body, head: branch, base, draft: asDraft };
      return toPullRequest((await http.object(`${repo}/pulls`, { method: 'POST', body: wanted })).body);
    } catch (error) {
      if (statusOf(error) !== 422) throw error;
      const { message } = error as PhasegateError;
      const existing = /already exists/i.test(message) ? await findExisting() : null;
      if (existing) return existing;
      if (asDraft && /draft/i.test(message)) {
        asDraft = false;
        continue;
      }
      // it was pushed a moment ago, and not every part of the forge knows of it
      const maySettle = /already exists|head is invalid|sha can't be blank/i.test(message);
      if (!maySettle || tries >= TRIES) throw error;
      await sleep(BETWEEN_TRIES_MS * tries);
    }
  }
}

/** Labels and reviewers. What can't be had is told: the pull request counts for more. */
async function decorate(
  http: ForgeHttp,
  repo: string,
  number: number,
  { labels, reviewers }: Pick<NewPullRequest, 'labels' | 'reviewers'>,
): Promise<OpenedPullRequest['notes']> {
  const notes: string[] = [];
  const tryTo = async (what: string, path: string, body: JsonValue): Promise<void> => {
    try {
      await http.send(path, { method: 'POST', body });
    } catch (error) {
      if (!(error instanceof PhasegateError) || error.code === 'forge_unavailable') throw error;
      notes.push(`${what} could not be set: ${error.message}`);
    }
  };
  if (labels.length > 0) await tryTo('labels', `${repo}/issues/${number}/labels`, { labels: [...labels] });
  if (reviewers.length > 0)
    await tryTo('reviewers', `${repo}/pulls/${number}/requested_reviewers`, {
      reviewers: reviewers.filter((name) => !name.includes('/')),
      team_reviewers: reviewers.flatMap((name) => (name.includes('/') ? [name.slice(name.indexOf('/') + 1)] : [])),
    });
  return notes;
}

/** Whether its branch is in the repository itself: that of a fork may have the same name, and is somebody else's. */
function isFromHere(pull: JsonObject): boolean {
  const [from, to] = ['head', 'base'].map((end) => textIn(objectIn(objectIn(pull, end), 'repo'), 'full_name'));
  return from !== '' && from === to;
}

function toPullRequest(pull: JsonValue): PullRequest {
  const { draft, merged_at: mergedAt } = pull as JsonObject;
  const isOpen = wordIn(pull, 'state') === 'open';
  return {
    provider: 'github',
    number: Number(wordIn(pull, 'number')),
    url: textIn(pull, 'html_url'),
    draft: draft === true,
    state: isOpen ? 'open' : typeof mergedAt === 'string' ? 'merged' : 'closed',
  };
}

function ofRun(run: JsonObject): ForgeCheck {
  const isDone = textIn(run, 'status') === 'completed';
  return {
    name: textIn(run, 'name'),
    state: !isDone ? 'pending' : GREEN.has(textIn(run, 'conclusion')) ? 'passed' : 'failed',
  };
}

function ofStatus(status: JsonObject): ForgeCheck {
  const state = textIn(status, 'state');
  return {
    name: textIn(status, 'context'),
    state: state === 'success' ? 'passed' : state === 'pending' ? 'pending' : 'failed',
  };
}

/** `https://api.github.com/graphql`, and `https://HOST/api/graphql` beside `https://HOST/api/v3`. */
function graphqlOf(apiUrl: string): string {
  return `${apiUrl.replace(/\/v3$/, '')}/graphql`;
}
