import type { ForgeChecks, Provider, PullRequest } from '../domain/deliver/deliver.js';

/** What a pull request is to say. */
export interface PullRequestText {
  title: string;
  /** Markdown. */
  body: string;
}

export interface NewPullRequest extends PullRequestText {
  branch: string;
  base: string;
  draft: boolean;
  labels: readonly string[];
  reviewers: readonly string[];
}

/** A pull request that was opened, and what of the wishes could not be had (a label, a reviewer), in words. */
export interface OpenedPullRequest extends PullRequest {
  notes: string[];
}

/** A review that says yes or no, or takes an earlier one back. */
export interface Review {
  /** Tells it from all others of the pull request. */
  id: string;
  login: string;
  kind: 'approve' | 'requestChanges' | 'withdrawn';
  text: string;
  /** The commit that was looked at; null where the forge does not tell. A review counts for this commit only. */
  sha: string | null;
}

/** A pull request with its reviews, oldest first. */
export interface ReviewedPullRequest {
  state: PullRequest['state'];
  reviews: Review[];
}

/** What must be sent to learn only of changes. */
export type Seen = Record<string, string>;

/**
 * A forge, and one repository at it. Every method may throw a `PhasegateError`: `forge_auth_failed`,
 * `forge_forbidden`, `forge_not_found`, `forge_rejected`, `forge_archived`, and `forge_unavailable` for what passes by
 * itself, with `retryAfterMs` in its details where the forge said so.
 */
export interface Forge {
  readonly provider: Provider;
  /** @throws PhasegateError also `forge_archived` */
  repository(): Promise<{ defaultBranch: string }>;
  hasBranch(branch: string): Promise<boolean>;
  /**
   * The open pull request of a branch of the repository itself.
   *
   * @param base - the branch that it is to be merged into; null: whichever
   */
  find(branch: string, base: string | null): Promise<PullRequest | null>;
  /** Opens a pull request. It gives the one that is there where there is one already. */
  open(request: NewPullRequest): Promise<OpenedPullRequest>;
  update(number: number, text: PullRequestText): Promise<void>;
  /** Ends the draft. */
  makeReady(number: number): Promise<void>;
  checks(sha: string): Promise<ForgeChecks>;
  /**
   * @param seen - from the last look, or empty
   * @returns null for the reviews when nothing has changed since the last look
   */
  reviews(number: number, seen: Seen): Promise<{ seen: Seen; found: ReviewedPullRequest | null }>;
  /** Whether somebody may push to the repository. */
  mayWrite(login: string): Promise<boolean>;
}
