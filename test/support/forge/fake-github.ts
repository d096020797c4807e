import type { IncomingMessage } from 'node:http';
import { FakeForge, notFound, type Answer } from './fake-forge.js';

interface Pull {
  number: number;
  title: string;
  body: string;
  head: string;
  base: string;
  draft: boolean;
  state: 'open' | 'closed';
  /** The fork that its branch is in. */
  from?: string;
  merged: boolean;
  labels: string[];
  reviewers: string[];
}

interface Review {
  id: number;
  login: string;
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';
  body: string;
  commit: string;
  comments?: { path: string; line: number; body: string }[];
}

/** GitHub with one repository, as far as phasegate uses it. `tips` gives the commit that a branch is at. */
export class FakeGithub extends FakeForge {
  readonly pulls: Pull[] = [];
  readonly reviews: Review[] = [];
  readonly permissions: Record<string, string> = {};
  checkRuns: { name: string; status: string; conclusion: string | null }[] = [];
  statuses: { context: string; state: string }[] = [];
  archived = false;
  defaultBranch = 'main';
  hasDrafts = true;
  /** How often a new pull request finds that its branch is not known yet. */
  lag = 0;

  constructor(
    readonly repository = 'acme/app',
    private readonly tips: (branch: string) => string | null = () => 'c'.repeat(40),
  ) {
    super();
  }

  /** Somebody reviews what the pull request is at now, or another commit. */
  review(login: string, state: Review['state'], body = '', more: Partial<Review> = {}): Review {
    const [pull] = this.pulls;
    const review = {
      id: this.reviews.length + 1,
      login,
      state,
      body,
      commit: this.tips(pull?.head ?? '') ?? '',
      ...more,
    };
    this.reviews.push(review);
    return review;
  }

  protected override authorization({ headers }: IncomingMessage): string | undefined {
    return headers.authorization?.replace(/^Bearer /, '');
  }

  protected override handle: FakeForge['handle'] = ({ method, path, query, body }) => {
    if (path === '/graphql') return this.#ready(body);
    const repo = `/repos/${this.repository}`;
    if (path !== repo && !path.startsWith(`${repo}/`)) return notFound;
    const rest = path.slice(repo.length).split('/').slice(1).map(decodeURIComponent);
    const [what = '', id = '', more = '', reviewId = ''] = rest;
    if (what === '')
      return { body: { archived: this.archived, default_branch: this.defaultBranch, full_name: this.repository } };
    if (what === 'branches') return this.tips(rest.slice(1).join('/')) === null ? notFound : { body: { name: id } };
    if (what === 'pulls' && id === '') return method === 'POST' ? this.#open(body) : this.#list(path, query);
    if (what === 'collaborators') return { body: { permission: this.permissions[id] ?? 'read' } };
    if (what === 'commits' && more === 'check-runs') return this.page(this.checkRuns, path, query, 'check_runs');
    if (what === 'commits') return this.page(this.statuses, path, query, 'statuses');
    const pull = this.pulls.find(({ number }) => String(number) === id);
    if (!pull) return notFound;
    if (what === 'issues') {
      pull.labels.push(...(body.labels as string[]));
      return { body: [] };
    }
    if (more === 'requested_reviewers') {
      const wanted = body.reviewers as string[];
      if (wanted.includes('nobody'))
        return { status: 422, body: { message: 'Reviews may only be requested from collaborators.' } };
      pull.reviewers.push(...wanted);
      return { status: 201, body: {} };
    }
    if (more === 'reviews' && reviewId !== '')
      return { body: this.reviews.find(({ id: n }) => String(n) === reviewId)?.comments ?? [] };
    if (more === 'reviews') return this.page(this.reviews.map(shownReview), path, query);
    if (method === 'PATCH') Object.assign(pull, body);
    return { body: this.#shown(pull) };
  };

  #open({ title, body, head, base, draft }: Record<string, unknown>): Answer {
    const invalid = (message: string, errors: unknown[]): Answer => ({ status: 422, body: { message, errors } });
    const tip = this.tips(String(head));
    if (tip === null || this.lag-- > 0)
      return invalid('Validation Failed', [{ resource: 'PullRequest', field: 'head', code: 'invalid' }]);
    if (this.tips(String(base)) === null)
      return invalid('Validation Failed', [{ resource: 'PullRequest', field: 'base', code: 'invalid' }]);
    if (tip === this.tips(String(base)) && !tip.startsWith('c'))
      return invalid('Validation Failed', [{ message: `No commits between ${String(base)} and ${String(head)}` }]);
    if (draft === true && !this.hasDrafts)
      return invalid('Draft pull requests are not supported in this repository.', []);
    if (this.pulls.some((pull) => pull.head === head && pull.state === 'open'))
      return invalid('Validation Failed', [{ message: `A pull request already exists for acme:${String(head)}.` }]);
    const pull: Pull = {
      number: this.pulls.length + 1,
      title: String(title),
      body: String(body),
      head: String(head),
      base: String(base),
      draft: draft === true,
      state: 'open',
      merged: false,
      labels: [],
      reviewers: [],
    };
    this.pulls.push(pull);
    return { status: 201, body: this.#shown(pull) };
  }

  #list(path: string, query: URLSearchParams): Answer {
    const [owner = '', ref] = (query.get('head') ?? '').split(':');
    if (!this.repository.startsWith(`${owner}/`)) return { body: [] };
    const found = this.pulls.filter(({ head, state }) => head === ref && state === query.get('state'));
    return this.page(
      found.map((pull) => this.#shown(pull)),
      path,
      query,
    );
  }

  #ready({ variables }: Record<string, unknown>): Answer {
    const id = (variables as { id: string }).id;
    const pull = this.pulls.find(({ number }) => `node-${number}` === id);
    if (pull) pull.draft = false;
    return { body: pull ? { data: {} } : { errors: [{ message: 'Could not resolve to a node' }] } };
  }

  #shown({ number, title, body, head, base, draft, state, merged, from }: Pull) {
    return {
      number,
      node_id: `node-${number}`,
      title,
      body,
      draft,
      state,
      merged_at: merged ? '2026-01-01T00:00:00Z' : null,
      html_url: `https://github.test/${this.repository}/pull/${number}`,
      head: { ref: head, sha: this.tips(head), repo: { full_name: from ?? this.repository } },
      base: { ref: base, repo: { full_name: this.repository } },
    };
  }
}

function shownReview({ id, login, state, body, commit }: Review) {
  return { id, user: { login }, state, body, commit_id: commit };
}
