import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ArtifactRef } from '../domain/artifact.js';
import { PhasegateError } from '../domain/failures.js';
import type { Mirror } from '../mirror/types.js';
import { readArtifactFile } from '../workspace/artifact-file.js';
import { missingIfLost } from '../workspace/lost-folder.js';

/**
 * Makes sure that the earlier phases' artifacts lie in the run's folder exactly as they were validated and approved. A
 * missing one is put back from the mirror; one that was changed is an error, never silently used.
 *
 * @throws PhasegateError `artifact_changed`, `workspace_lost`
 */
export async function checkEarlierArtifacts(mirror: Mirror, runId: string, folder: string, earlier: readonly ArtifactRef[]): Promise<void> {
  for (const artifact of earlier) {
    const found = await readArtifactFile(folder, artifact.path, artifact.bytes);
    if (found.kind === 'file' && found.sha256 === artifact.sha256) continue;
    if (found.kind === 'missing') await restore(mirror, runId, folder, artifact);
    else throw new PhasegateError('artifact_changed', changeOf(artifact));
  }
}

/**
 * Says which artifact lies in the run's folder with other bytes than those that were approved; null when none does. One that is
 * missing is no lie: the mirror has it.
 */
export async function findChangedArtifact(folder: string, artifacts: readonly ArtifactRef[]): Promise<string | null> {
  for (const artifact of artifacts) {
    const found = await readArtifactFile(folder, artifact.path, artifact.bytes).catch(missingIfLost);
    if (found.kind !== 'missing' && !(found.kind === 'file' && found.sha256 === artifact.sha256)) return changeOf(artifact);
  }
  return null;
}

function changeOf({ path: file, sha256, phaseKey }: ArtifactRef): string {
  return `${file} is no longer the file with sha256 ${sha256} that phase ${phaseKey} left`;
}

async function restore(mirror: Mirror, runId: string, folder: string, artifact: ArtifactRef): Promise<void> {
  const bytes = await mirror.readArtifact(runId, artifact.sha256);
  if (!bytes) throw new PhasegateError('workspace_lost', `${artifact.path} is missing from the run's folder and from the mirror`);
  const file = path.join(folder, artifact.path);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bytes, { flag: 'wx' });
}
