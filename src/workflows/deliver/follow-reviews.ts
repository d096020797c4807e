import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { ArtifactRef } from '../../domain/artifact.js';
import type { NewReview, PullRequest, SettledDelivery } from '../../domain/deliver/deliver.js';
import { isFound, isPushed, isReviewNews } from '../../domain/deliver/results.js';
import { cut } from '../../domain/failures.js';
import type { OpenGate } from '../../domain/run-status.js';
import type { LiveRun } from '../live-run.js';
import { runFailure, runFault } from '../run-failure.js';
import type { RunParts } from '../run-parts.js';
import { proposeForReview, waitForReview } from './activities.js';

const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 6 * 3_600_000;
/** What a request for changes says when the reviewer wrote nothing. */
const NO_WORDS = 'the reviewer asked for changes without a word';

/**
 * Lets the reviews of the pull request decide a gate. It opens the pull request, and follows its reviews until the gate is
 * closed, however that comes about. What goes wrong is told at the gate, and tried again. It never rejects.
 *
 * @param open - its `review` says where the pull request is
 */
export async function followReviews(
  parts: RunParts,
  open: OpenGate,
  artifact: ArtifactRef,
  round: number,
): Promise<void> {
  const scope = new CancellationScope();
  try {
    await parts.stop.work(async () => {
      void condition(() => !isOpen(parts, open)).then(
        () => scope.cancel(),
        () => undefined,
      );
      await scope.run(() => follow(parts, open, artifact, round));
    });
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
}

async function follow(parts: RunParts, open: OpenGate, artifact: ArtifactRef, round: number): Promise<void> {
  const delivery = deliveryOf(parts.live);
  if (delivery === null) return;
  const { note } = open;
  for (let pause = FIRST_PAUSE_MS; isOpen(parts, open); pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      await propose(parts, delivery, open, artifact, round);
      tell(parts, open, note);
      await readReviews(parts, delivery, open, note);
    } catch (error) {
      const why = runFailure(error);
      if (why === 'cancelled') throw error;
      // there is nothing that could be reviewed: people decide as at any other gate
      const isEmpty = why.code === 'nothing_to_deliver';
      if (isEmpty) delete open.review;
      const now = isEmpty ? 'there is no commit to review, so that messages decide' : 'it is tried again';
      tell(parts, open, `${note === null ? '' : `${note}; `}${cut(`${why.code}: ${why.message}; ${now}`, 600)}`);
      if (isEmpty) return;
    }
    await condition(() => !isOpen(parts, open), pause, { summary: `${open.phase}/${open.gate}: try the forge again` });
  }
}

/** Opens the pull request, unless this gate has done so. */
async function propose(
  { log }: RunParts,
  delivery: SettledDelivery,
  open: OpenGate,
  { path, sha256, bytes }: ArtifactRef,
  round: number,
): Promise<void> {
  if (open.review !== 'not yet open') return;
  const { phase, gate, view } = open;
  const request = { phase, gate, round, artifact: { path, sha256, bytes }, markdown: view?.markdown ?? null };
  const proposed: unknown = await proposeForReview(delivery, request);
  if (!isFound(proposed) || !('pushed' in proposed) || !isPushed(proposed.pushed))
    throw runFault('internal_error', 'proposeForReview gave back something else', phase);
  const { pushed, pullRequest, opened, notes } = proposed;
  log.emit('branch_pushed', { ...pushed, gate }, phase);
  log.emit('pull_request_opened', { ...pullRequest, opened, notes, gate }, phase);
  log.flushSoon();
  open.review = { number: pullRequest.number, url: pullRequest.url, sha: pushed.sha };
}

/** Hands the reviews over as decisions, until the gate is closed. */
async function readReviews(
  parts: RunParts,
  delivery: SettledDelivery,
  open: OpenGate,
  note: string | null,
): Promise<void> {
  const { reviewsRead } = parts.live;
  for (let state: PullRequest['state'] = 'open'; isOpen(parts, open);) {
    const { review } = open;
    if (review === undefined || review === 'not yet open') return;
    const { number, sha } = review;
    const news: unknown = await waitForReview(delivery, { number, sha, known: [...reviewsRead], state });
    if (!isReviewNews(news)) throw runFault('internal_error', 'waitForReview gave back something else', open.phase);
    if (news.state !== state)
      tell(
        parts,
        open,
        news.state === 'open' ? note : `the pull request is ${news.state}: open it again, or abort the run`,
      );
    ({ state } = news);
    for (const one of news.reviews) {
      reviewsRead.add(one.id);
      await take(parts, open, one);
    }
  }
}

async function take(
  { decisions }: RunParts,
  { phase, gate, artifact }: OpenGate,
  { by, action, comment: words, mayWrite }: NewReview,
): Promise<void> {
  const comment = words !== '' ? words : action === 'requestChanges' ? NO_WORDS : undefined;
  const decision = { phase, gate, by, ...(comment !== undefined && { comment }) };
  if (!mayWrite) return decisions.ignore(action, 'may_not_write', `${by} may not push to the repository`, decision);
  await decisions.review({ action, ...decision, ...(artifact && { artifactSha256: artifact.sha256 }) });
}

function tell({ live }: RunParts, open: OpenGate, note: string | null): void {
  open.note = note;
  live.publish();
}

function isOpen({ live, stop }: RunParts, { requestId }: OpenGate): boolean {
  return !stop.over && live.status.openGates.some((open) => open.requestId === requestId);
}

function deliveryOf({ plan, status }: LiveRun): SettledDelivery | null {
  if (!plan?.deliver) return null;
  const { path: repoPath, branch, baseBranch, baseCommit } = plan.repository;
  return { run: status.run, repoPath, branch, baseBranch, baseCommit, deliver: plan.deliver, update: true };
}
