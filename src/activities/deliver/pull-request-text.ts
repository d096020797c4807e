import type { ArtifactRef } from '../../domain/artifact.js';
import { readArtifactJson } from '../../domain/artifact-intake.js';
import type { SettledDelivery } from '../../domain/deliver/deliver.js';
import { pullRequestBody, pullRequestTitle } from '../../domain/deliver/forge-text.js';
import { reportMarkdown } from '../../domain/record/report-markdown.js';
import { atPointer } from '../../domain/text/json-pointer.js';
import type { JsonValue } from '../../domain/text/json.js';
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
