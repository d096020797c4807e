import { setTimeout as sleep } from 'node:timers/promises';
import type { PullRequest } from '../../domain/deliver/deliver.js';
import { PhasegateError } from '../../domain/failures.js';
import type { JsonObject, JsonValue } from '../../domain/text/json.js';
import { countChecks, type ForgeCheck } from '../count-checks.js';
import type { Forge, NewPullRequest } from '../forge.js';
import { ForgeHttp, statusOf, textIn, wordIn, type ForgeAccess } from '../forge-http.js';
import { readReviews } from './reviews.js';

const TRIES = 5;
const BETWEEN_TRIES_MS = 1_000;
const GREEN = new Set(['success', 'skipped', 'manual']);
const RED = new Set(['failed', 'canceled']);
const DRAFT = /^(?:\[draft\]|draft:|\(draft\))\s*/i;
/** GitLab's access level of those who may push. */
const DEVELOPER = 30;

/**
 * GitLab, by its REST API v4.
 *
 * @param repository - path of the project with its groups
 */
export function openGitlab(access: Omit<ForgeAccess, 'headers'>, repository: string): Forge {
  const http = new ForgeHttp({ ...access, headers: { 'private-token': access.token } });
  const project = `/projects/${encodeURIComponent(repository)}`;
  const find = async (branch: string, base: string | null): Promise<PullRequest | null> => {
    const query = new URLSearchParams({ state: 'opened', source_branch: branch, per_page: '100' });
    const { all } = await http.list(`${project}/merge_requests?${query.toString()}`);
    const own = all.find(
      (request) =>
        textIn(request, 'source_branch') === branch &&
        textIn(request, 'source_project_id') === textIn(request, 'target_project_id') &&
        (base === null || textIn(request, 'target_branch') === base),
    );
    return own ? toPullRequest(own) : null;
  };
  const idsOf = async (logins: readonly string[]): Promise<{ ids: number[]; notes: string[] }> => {
    const found = await Promise.all(logins.map(async (login) => [login, await idOf(http, login)] as const));
    return {
      ids: found.flatMap(([, id]) => id ?? []),
      notes: found.flatMap(([login, id]) => (id === null ? [`the reviewer ${login} is not known at the forge`] : [])),
    };
  };
  return {
    provider: 'gitlab',
    repository: async () => {
      const { body } = await http.object(project);
      if (body.archived === true) throw new PhasegateError('forge_archived', `${repository} is archived`);
      return { defaultBranch: textIn(body, 'default_branch') };
    },
    hasBranch: async (branch) => {
      const path = `${project}/repository/branches/${encodeURIComponent(branch)}`;
      return (await http.object(path, { okStatuses: [404] })).status !== 404;
    },
    find,
    open: async (request) => {
      const { ids, notes } = await idsOf(request.reviewers);
      return { ...(await create(http, project, request, ids, () => find(request.branch, request.base))), notes };
    },
    update: async (number, { title, body }) => {
      const path = `${project}/merge_requests/${number}`;
      const isDraft = DRAFT.test(textIn((await http.object(path)).body, 'title'));
      await http.send(path, { method: 'PUT', body: { title: titleOf(title, isDraft), description: body } });
    },
    makeReady: async (number) => {
      const path = `${project}/merge_requests/${number}`;
      const title = textIn((await http.object(path)).body, 'title').replace(DRAFT, '');
      await http.send(path, { method: 'PUT', body: { title } });
    },
    checks: async (sha) => {
      const { all } = await http.list(`${project}/repository/commits/${sha}/statuses?per_page=100`);
      return countChecks(all.map(ofStatus));
    },
    reviews: async (number, seen) => readReviews(http, `${project}/merge_requests/${number}`, seen),
    mayWrite: async (login) => {
      const id = await idOf(http, login);
      if (id === null) return false;
      const { body, status } = await http.object(`${project}/members/all/${id}`, { okStatuses: [404] });
      return status !== 404 && Number(wordIn(body, 'access_level')) >= DEVELOPER;
    },
  };
}

async function create(
  http: ForgeHttp,
  project: string,
  { title, body, branch, base, draft, labels }: NewPullRequest,
  reviewers: readonly number[],
  findExisting: () => Promise<PullRequest | null>,
): Promise<PullRequest> {
  for (let tries = 1; ; tries++) {
    try {
      const wanted = {
        source_branch: branch,
        target_branch: base,
        title: titleOf(title, draft),
        description: body,
        labels: labels.join(','),
        reviewer_ids: [...reviewers],
        remove_source_branch: false,
      };
      return toPullRequest((await http.object(`${project}/merge_requests`, { method: 'POST', body: wanted })).body);
    } catch (error) {
      const status = statusOf(error);
      if (status !== 409 && status !== 400 && status !== 422) throw error;
      const existing = status === 409 ? await findExisting() : null;
      if (existing) return existing;
      const maySettle = status === 409 || /source_branch|does not exist/i.test((error as PhasegateError).message);
      if (!maySettle || tries >= TRIES) throw error;
      await sleep(BETWEEN_TRIES_MS * tries);
    }
  }
}

/** A draft is one whose title says so. */
function titleOf(title: string, draft: boolean): string {
  const plain = title.replace(DRAFT, '');
  return draft ? `Draft: ${plain}` : plain;
}

async function idOf(http: ForgeHttp, login: string): Promise<number | null> {
  const { all } = await http.list(`/users?${new URLSearchParams({ username: login }).toString()}`);
  const user = all.find((found) => textIn(found, 'username').toLowerCase() === login.toLowerCase());
  return typeof user?.id === 'number' ? user.id : null;
}

const STATES: Readonly<Record<string, PullRequest['state']>> = { opened: 'open', locked: 'open', merged: 'merged' };

function toPullRequest(request: JsonValue): PullRequest {
  const { draft } = request as JsonObject;
  return {
    provider: 'gitlab',
    number: Number(wordIn(request, 'iid')),
    url: textIn(request, 'web_url'),
    draft: draft === true,
    state: STATES[wordIn(request, 'state')] ?? 'closed',
  };
}

function ofStatus(status: JsonObject): ForgeCheck {
  const state = textIn(status, 'status');
  const isRed = RED.has(state) && status.allow_failure !== true;
  return {
    name: textIn(status, 'name'),
    state: isRed ? 'failed' : GREEN.has(state) || RED.has(state) ? 'passed' : 'pending',
  };
}
