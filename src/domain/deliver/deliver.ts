import type { RunRef } from '../run-state.js';

/** The forges whose pull requests phasegate can open. */
export type Provider = 'github' | 'gitlab';

/** How a finished run is delivered, as people write it in a template. */
export interface TemplateDeliver {
  /** Name of the remote that gets the run's branch. */
  push: string;
  /** The worker's variable with the token, default `GITHUB_TOKEN` or `GITLAB_TOKEN` where there is a provider. */
  tokenFromEnv?: string;
  /** The host that the token is for, default that of the provider. No other host ever gets the token. */
  host?: string;
  pullRequest?: TemplatePullRequest;
  /** How long to wait for the forge's own checks, such as `30m`. */
  waitForChecks?: string;
}

export interface TemplatePullRequest {
  provider: Provider;
  /** Where the forge's API is, default that of the host. */
  apiUrl?: string;
  /** `owner/name`, default that of the remote's URL. */
  repository?: string;
  /** A text, or a JSON pointer into the last artifact that has a text there. Default: the run's objective or its name. */
  title?: string;
  /** Default: the branch that the run began at. */
  base?: string;
  draft?: boolean;
  labels?: string[];
  /** Logins of people, and at GitHub teams as `owner/team`. */
  reviewers?: string[];
}

/** The same with all defaults that are known before the remote is looked at. */
export interface PlannedDeliver {
  remote: string;
  tokenFromEnv: string | null;
  host: string | null;
  pullRequest: PlannedPullRequest | null;
  waitForChecksMs: number | null;
}

export interface PlannedPullRequest {
  provider: Provider;
  apiUrl: string | null;
  repository: string | null;
  title: string | null;
  base: string | null;
  draft: boolean;
  labels: string[];
  reviewers: string[];
}

/** What a person may ask for when a run is delivered (again). What is not named is as the template says. */
export interface DeliverWishes {
  push?: string;
  title?: string;
  base?: string;
  draft?: boolean;
  /** Title and body of a pull request that is there already are written anew. */
  update?: boolean;
  /** Only push. */
  pushOnly?: boolean;
  waitForChecks?: string;
}

/** The input of the workflow `deliverRun`. */
export interface DeliveryOrder {
  run: RunRef;
  wishes: DeliverWishes;
  /** Who asked for it; null where the template did. That is claimed, not proven. */
  by: string | null;
}

/** A delivery with everything settled that history may have. It has no token, only the name of its variable. */
export interface SettledDelivery {
  run: RunRef;
  repoPath: string;
  branch: string;
  baseBranch: string;
  baseCommit: string;
  deliver: PlannedDeliver;
  /** Title and body of a pull request that is there already are written anew. */
  update: boolean;
}

/** The branch as it is at the remote now. */
export interface PushedBranch {
  remote: string;
  /** Without user and password. */
  url: string;
  branch: string;
  sha: string;
  /** `none`: it was there already. `forced`: it replaced what an earlier delivery of the run had left there. */
  how: 'created' | 'forwarded' | 'forced' | 'none';
}

/** A pull request (at GitLab: a merge request). */
export interface PullRequest {
  provider: Provider;
  number: number;
  url: string;
  draft: boolean;
  state: 'open' | 'closed' | 'merged';
}

/** A pull request that was opened or found, and what of the wishes could not be had (a label, a reviewer), in words. */
export interface FoundPullRequest {
  pullRequest: PullRequest;
  opened: boolean;
  notes: string[];
}

/** What the forge's checks of a commit say in all. `none`: there are no checks. */
export interface ForgeChecks {
  state: 'passed' | 'failed' | 'pending' | 'none';
  passed: number;
  failed: number;
  pending: number;
  /** Names of those that failed, at most 20. */
  red: string[];
}

/** How a delivery ended. It is the result of the workflow `deliverRun`. */
export interface Delivered {
  runId: string;
  branch: string;
  remote: string;
  sha: string;
  pullRequest: PullRequest | null;
  checks: ForgeChecks | null;
}

/** Workflow id of a run's deliveries: one at a time. */
export function deliveryId(runId: string): string {
  return `deliver:${runId}`;
}

/** What people are to review, at a gate that the pull request decides. */
export interface ReviewRequest {
  phase: string;
  gate: string;
  round: number;
  artifact: { path: string; sha256: string; bytes: number };
  /** The artifact in Markdown; null where there is no view of it. */
  markdown: string | null;
}

/** The pull request of a gate, and the commit that is to be reviewed. */
export interface ProposedBranch extends FoundPullRequest {
  pushed: PushedBranch;
}

/** What to look for at the pull request of a gate. */
export interface ReviewLook {
  number: number;
  /** Reviews of other commits don't count. */
  sha: string;
  /** Ids of the reviews that the run knows. */
  known: string[];
  /** The state of the pull request that the run knows. */
  state: PullRequest['state'];
}

/** A review that the run did not know. */
export interface NewReview {
  id: string;
  /** `github:ann`. */
  by: string;
  action: 'approve' | 'requestChanges';
  comment: string;
  /** Whether its author may push to the repository, as the forge says. */
  mayWrite: boolean;
}

/** What a look at the pull request of a gate found. */
export interface ReviewNews {
  state: PullRequest['state'];
  reviews: NewReview[];
}
