import type { IncomingMessage } from 'node:http';
import { FakeForge, notFound, type Answer } from './fake-forge.js';

interface Request {
  iid: number;
  title: string;
  description: string;
  source_branch: string;
  target_branch: string;
  labels: string;
  reviewer_ids: number[];
  state: 'opened' | 'closed' | 'merged';
}

interface Note {
  author: string;
  body: string;
  system: boolean;
  at: string;
}

/** GitLab with one project, as far as phasegate uses it. */
export class FakeGitlab extends FakeForge {
  readonly requests: Request[] = [];
  readonly notes: Note[] = [];
  readonly versions: { sha: string; at: string }[] = [];
  readonly users: Record<string, { id: number; level: number }> = {};
  statuses: { name: string; status: string; allow_failure?: boolean }[] = [];
  archived = false;

  constructor(
    readonly project = 'group/sub/app',
    private readonly tips: (branch: string) => string | null = () => 'c'.repeat(40),
  ) {
    super();
  }

  /** Somebody writes, or (`system`) does something that GitLab notes. The clock goes on by a minute. */
  note(author: string, body: string, system = true): void {
    this.notes.push({ author, body, system, at: this.now() });
  }

  #minutes = 0;
  now(): string {
    return new Date(Date.UTC(2026, 0, 1, 0, this.#minutes++)).toISOString();
  }

  protected override authorization({ headers }: IncomingMessage): string | undefined {
    return headers['private-token'] as string | undefined;
  }

  protected override handle: FakeForge['handle'] = ({ method, path, query, body }) => {
    if (path === '/users') {
      const name = query.get('username') ?? '';
      const user = this.users[name];
      return { body: user ? [{ id: user.id, username: name }] : [] };
    }
    const project = `/projects/${encodeURIComponent(this.project)}`;
    if (path !== project && !path.startsWith(`${project}/`))
      return { status: 404, body: { message: '404 Project Not Found' } };
    const rest = path.slice(project.length).split('/').slice(1).map(decodeURIComponent);
    const [what = '', id = '', more = '', last = ''] = rest;
    if (what === '') return { body: { archived: this.archived, default_branch: 'main' } };
    if (what === 'members') {
      const member = Object.values(this.users).find((user) => String(user.id) === more);
      return member && member.level > 0 ? { body: { access_level: member.level } } : notFound;
    }
    if (what === 'repository' && id === 'branches')
      return this.tips(more) === null ? notFound : { body: { name: more } };
    if (what === 'repository' && last === 'statuses') return this.page(this.statuses, path, query);
    if (what !== 'merge_requests') return notFound;
    if (id === '') return method === 'POST' ? this.#open(body) : this.#list(path, query);
    const request = this.requests.find(({ iid }) => String(iid) === id);
    if (!request) return notFound;
    if (more === 'notes') return this.page(this.notes.map(shownNote), path, query);
    if (more === 'versions')
      return {
        body: [...this.versions].reverse().map(({ sha, at }) => ({ head_commit_sha: sha, created_at: at })),
      };
    if (method === 'PUT') Object.assign(request, body);
    return { body: this.#shown(request) };
  };

  #open(body: Record<string, unknown>): Answer {
    const branch = String(body.source_branch);
    const tip = this.tips(branch);
    if (tip === null) return { status: 400, body: { message: { source_branch: ['does not exist'] } } };
    if (this.requests.some(({ source_branch: known, state }) => known === branch && state === 'opened'))
      return {
        status: 409,
        body: { message: ['Another open merge request already exists for this source branch: !1'] },
      };
    const request = { ...(body as unknown as Request), iid: this.requests.length + 1, state: 'opened' as const };
    this.requests.push(request);
    this.versions.push({ sha: tip, at: this.now() });
    return { status: 201, body: this.#shown(request) };
  }

  #list(path: string, query: URLSearchParams): Answer {
    const found = this.requests.filter(
      ({ source_branch: branch, state }) => branch === query.get('source_branch') && state === query.get('state'),
    );
    return this.page(
      found.map((request) => this.#shown(request)),
      path,
      query,
    );
  }

  #shown({ iid, title, description, source_branch: branch, target_branch: target, state }: Request) {
    return {
      iid,
      title,
      description,
      state,
      draft: /^draft:/i.test(title),
      source_branch: branch,
      target_branch: target,
      source_project_id: 7,
      target_project_id: 7,
      sha: this.tips(branch),
      web_url: `https://gitlab.test/${this.project}/-/merge_requests/${iid}`,
    };
  }
}

function shownNote({ author, body, system, at }: Note, index: number) {
  return { id: index + 1, author: { username: author }, body, system, created_at: at };
}
