import type { Activities, EditedArtifact, EditedLook } from '../domain/activity-contract.js';
import { formatError } from '../domain/artifact-validation.js';
import { editKey } from '../domain/record/event-keys.js';
import { cut } from '../domain/failures.js';
import { runFolder } from '../workspace/run-folder.js';
import type { ActivityDeps } from './deps.js';
import { artifactView } from './phase/artifact-view.js';
import { judgeArtifact } from './phase/judge-artifact.js';
import { asApplicationFailure } from './temporal-failure.js';

/**
 * Looks at an artifact that a person edited before approving it. It counts only when its bytes are the ones that the
 * decision names, and when they are valid. The record says that a person changed it.
 */
export function createCheckEditedArtifact(deps: ActivityDeps): Activities['checkEditedArtifact'] {
  return async (look) => {
    try {
      return await check(deps, look);
    } catch (error) {
      throw asApplicationFailure(error, { phase: look.artifact.phaseKey });
    }
  };
}

async function check(
  { config, mirror }: ActivityDeps,
  { run, artifact, requestId, schemas, round, conditions, sha256, by }: EditedLook,
): Promise<EditedArtifact> {
  const { path, schemaId, phaseKey } = artifact;
  const judged = await judgeArtifact(
    { path, schemaId, schemas, conditions },
    runFolder(config.workspaceRoot, run.runId).root,
    config.maxArtifactBytes,
  );
  if (judged.file?.sha256 !== sha256) return { kind: 'stale' };
  const { problem, content, matched } = judged;
  if (problem) {
    return {
      kind: 'invalid',
      message: cut([`the edited ${problem.message}`, ...problem.errors.map(formatError)].join('; '), 1_500),
    };
  }
  const ts = new Date().toISOString();
  const { raw, bytes } = judged.file;
  // attempt 0: no agent made it
  await mirror.recordArtifact(run, {
    phaseKey,
    occurrence: requestId,
    round,
    attempt: 0,
    path,
    schemaId,
    sha256,
    bytes,
    valid: true,
    reason: null,
    errors: [],
    content,
    raw,
    ts,
  });
  const payload = { by, sha256, previous: artifact.sha256, round };
  await mirror.appendEvents(run, [
    { type: 'artifact_edited', phaseKey, payload, idempotencyKey: editKey(requestId, sha256), ts },
  ]);
  const view = artifactView(schemas, schemaId, content);
  return { kind: 'valid', artifact: { ...artifact, sha256, bytes }, matched, view };
}
