import type { ArtifactRef } from '../../domain/artifact.js';
import { readArtifactJson } from '../../domain/artifact-intake.js';
import type { ReviewRequest, SettledDelivery } from '../../domain/deliver/deliver.js';
import { pullRequestBody, pullRequestTitle } from '../../domain/deliver/forge-text.js';
import { reportMarkdown } from '../../domain/record/report-markdown.js';
import { escapeMarkdown, inlineCode } from '../../domain/text/markdown.js';
import { atPointer } from '../../domain/text/json-pointer.js';
import type { PullRequestText } from '../../forge/forge.js';
import { findArtifact } from '../../workspace/find-artifact.js';
import { runFolder } from '../../workspace/run-folder.js';
import type { ActivityDeps } from '../deps.js';
import { secretsOf } from './forge-of.js';

type Place = Pick<ActivityDeps, 'mirror' | 'config' | 'env'>;
type Artifact = Pick<ArtifactRef, 'path' | 'sha256' | 'bytes'>;

/** Larger artifacts give no title. */
const MOST_BYTES = 256 * 1024;

/**
 * Title and body of the pull request of a completed run: the body is the report.
 *
 * @param title - a text, or a JSON pointer into the last artifact that has a text there; null: the run's objective
 */
export async function reportText(
  place: Place,
  delivery: SettledDelivery,
  title: string | null,
): Promise<PullRequestText> {
  const { runId, workflowId } = delivery.run;
  const report = (await place.mirror.readReport(runId)) ?? null;
  const artifacts = (report?.artifacts ?? []).filter(({ valid }) => valid).reverse();
  const found = await titleOf(place, runId, title ?? report?.objective ?? null, artifacts);
  const markdown = report === null ? `The report of run ${workflowId} is not there.` : reportMarkdown(report);
  return textOf(place, delivery, found, markdown);
}

/** Title and body of the draft that waits for a review at a gate. */
export async function reviewText(
  place: Place,
  delivery: SettledDelivery,
  { phase, gate, round, artifact, markdown }: ReviewRequest,
  sha: string,
): Promise<PullRequestText> {
  const { runId, workflowId } = delivery.run;
  const title = await titleOf(place, runId, delivery.deliver.pullRequest?.title ?? null, [artifact]);
  const body = [
    `# Run ${escapeMarkdown(workflowId)} waits for your review`,
    `The phase ${inlineCode(phase)}${round > 1 ? ` (round ${round})` : ''} is done, and its gate ${inlineCode(gate)} is open. The reviews of this pull request decide it:`,
    [
      `- **Approve** lets the run go on. It counts for commit ${inlineCode(sha.slice(0, 12))}, from those who may push here.`,
      '- **Request changes** has the phase work on it again, with your words.',
      '- To close the pull request decides nothing.',
    ].join('\n'),
    ...(markdown === null ? [] : [`## ${escapeMarkdown(artifact.path)}`, markdown]),
  ].join('\n\n');
  return textOf(place, delivery, title, `${body}\n`);
}

/** A title and a body that a forge may have. */
function textOf(
  { env }: Pick<Place, 'env'>,
  delivery: SettledDelivery,
  title: string | null,
  markdown: string,
): PullRequestText {
  const secrets = secretsOf(delivery, env);
  const fallback = `phasegate: ${delivery.run.workflowId}`;
  return {
    title: pullRequestTitle(title ?? '', secrets) || pullRequestTitle(fallback, secrets),
    body: pullRequestBody(markdown, secrets),
  };
}

/** @param artifacts - the newest first */
async function titleOf(
  { mirror, config }: Pick<Place, 'mirror' | 'config'>,
  runId: string,
  title: string | null,
  artifacts: readonly Artifact[],
): Promise<string | null> {
  if (title === null || !title.startsWith('/')) return title;
  const { root } = runFolder(config.workspaceRoot, runId);
  for (const artifact of artifacts) {
    if (artifact.bytes > MOST_BYTES) continue;
    const bytes =
      (await findArtifact(root, artifact).catch(() => null)) ?? (await mirror.readArtifact(runId, artifact.sha256));
    const read = bytes && readArtifactJson(bytes);
    const value = read?.ok ? atPointer(read.value, title) : undefined;
    if (typeof value === 'string' && value.trim() !== '') return value;
  }
  return null;
}
