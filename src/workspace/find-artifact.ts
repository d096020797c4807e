import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readArtifactFile } from './artifact-file.js';
import { nullIfMissing } from './disk-failure.js';
import { missingIfLost } from './lost-folder.js';
import { OWN_NAMES } from './run-folder.js';

/**
 * The bytes of an artifact from a run's folder: from its own place, or else from the artifacts of earlier attempts.
 *
 * @param root - the run's folder
 * @returns null when no file there has that sha256, also when the folder is gone
 */
export async function findArtifact(
  root: string,
  { path, sha256, bytes }: { path: string; sha256: string; bytes: number },
): Promise<Buffer | null> {
  const kept = (await readdir(join(root, OWN_NAMES.attempts)).catch(nullIfMissing)) ?? [];
  for (const candidate of [path, ...kept.map((name) => `${OWN_NAMES.attempts}/${name}`)]) {
    const found = await readArtifactFile(root, candidate, bytes).catch(missingIfLost);
    if (found.kind === 'file' && found.sha256 === sha256) return found.bytes;
  }
  return null;
}
