import type { Activities, EditedArtifact, EditedLook } from '../domain/activity-contract.js';
import { formatError } from '../domain/artifact-validation.js';
import { editKey } from '../domain/record/event-keys.js';
import { cut } from '../domain/failures.js';
import { offload, TookTooLong } from '../offload/offload.js';
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

async function check(deps: ActivityDeps, look: EditedLook): Promise<EditedArtifact> {
  const { config, mirror } = deps;
  const { run, artifact, requestId, schemas, round, conditions, sha256, by } = look;
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
  const { raw, bytes } = judged.file;
  const unproven = await unprovenPart(deps, look, raw);
  if (unproven !== null) return { kind: 'invalid', message: unproven };
  const ts = new Date().toISOString();
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

/** Why an edit may not count: it changes a command that was proven, or the files of its proof. Null for another edit. */
async function unprovenPart(
  { mirror }: ActivityDeps,
  { run, artifact, proven = [] }: EditedLook,
  edited: Buffer | null,
): Promise<string | null> {
  if (proven.length === 0) return null;
  const before = await mirror.readArtifact(run.runId, artifact.sha256);
  for (const { pointer, unchanged } of proven) {
    const what = [pointer, ...(unchanged === null ? [] : [unchanged])].join(' and ');
    const same = before && edited && (await readsAlike(before, edited, pointer, unchanged));
    if (!same)
      return `the edit changes ${what} of ${artifact.path}, or whether it does can't be told. That is what a check has proven, and a later one rests on it: bring it back, or use requestChanges, so that it is proven anew`;
  }
  return null;
}

async function readsAlike(before: Uint8Array, edited: Uint8Array, pointer: string, unchanged: string | null) {
  try {
    const [one, other] = [
      await offload('artifactCheck', before, pointer, unchanged),
      await offload('artifactCheck', edited, pointer, unchanged),
    ];
    return JSON.stringify(one) === JSON.stringify(other);
  } catch (error) {
    if (!(error instanceof TookTooLong)) throw error;
    return false;
  }
}
