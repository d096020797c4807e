import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ArtifactRef } from '../../domain/artifact.js';
import { PhasegateError } from '../../domain/failures.js';
import type { RoundCopy } from '../../domain/rounds/round-copy.js';
import type { Mirror } from '../../mirror/types.js';
import { readArtifactFiles } from '../../workspace/artifact-file.js';
import { findArtifact } from '../../workspace/find-artifact.js';
import { nullIfLost } from '../../workspace/lost-folder.js';

/**
 * Makes sure that the run's folder has the earlier phases' artifacts exactly as they were validated and approved, and
 * the copies of those of earlier rounds. A missing one is put back from the mirror, and a copy also from the place where
 * the phase left it. A changed one is an error.
 *
 * @throws PhasegateError `artifact_changed`, `workspace_lost`
 */
export async function checkEarlierArtifacts(
  mirror: Mirror,
  runId: string,
  folder: string,
  earlier: readonly (ArtifactRef | RoundCopy)[],
): Promise<void> {
  for (const [artifact, found] of await lookAtArtifacts(folder, earlier)) {
    if (found === 'missing') await restore(mirror, runId, folder, artifact);
    if (found === 'changed') throw new PhasegateError('artifact_changed', changeOf(artifact));
  }
}

/**
 * Says which artifact in the run's folder has other bytes than those that were approved; null when none has. A missing
 * artifact does not count: the mirror has it.
 */
export async function findChangedArtifact(folder: string, artifacts: readonly ArtifactRef[]): Promise<string | null> {
  try {
    const changed = (await lookAtArtifacts(folder, artifacts)).find(([, found]) => found === 'changed');
    return changed ? changeOf(changed[0]) : null;
  } catch (error) {
    return nullIfLost(error);
  }
}

/** What lies in place of an artifact: the file that was approved, another, or none. */
type Found = 'approved' | 'changed' | 'missing';

async function lookAtArtifacts<T extends ArtifactRef>(folder: string, artifacts: readonly T[]): Promise<[T, Found][]> {
  const expected = artifacts.map(({ path, bytes }) => ({ path, maxBytes: bytes }));
  const files = await readArtifactFiles(folder, expected, (file) => (file.kind === 'file' ? file.sha256 : file.kind));
  return artifacts.map((artifact, n) => [
    artifact,
    files[n] === artifact.sha256 ? 'approved' : files[n] === 'missing' ? 'missing' : 'changed',
  ]);
}

function changeOf({ path: file, sha256, phaseKey }: ArtifactRef): string {
  return `${file} is no longer the file with sha256 ${sha256} that phase ${phaseKey} left`;
}

async function restore(
  mirror: Mirror,
  runId: string,
  folder: string,
  artifact: ArtifactRef | RoundCopy,
): Promise<void> {
  // the mirror does not keep the bytes of a very large one
  const here = 'original' in artifact ? await findArtifact(folder, { ...artifact, path: artifact.original }) : null;
  const bytes = here ?? (await mirror.readArtifact(runId, artifact.sha256));
  if (!bytes)
    throw new PhasegateError('workspace_lost', `${artifact.path} is missing from the run's folder and from the mirror`);
  const file = path.join(folder, artifact.path);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bytes, { flag: 'wx' });
}
