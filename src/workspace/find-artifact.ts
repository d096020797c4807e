import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isRoundCopyPath } from '../domain/rounds/round-copy.js';
import { readArtifactFile } from './artifact-file.js';
import { nullIfMissing } from './disk-failure.js';
import { missingIfLost } from './lost-folder.js';
import { OWN_NAMES } from './run-folder.js';

/**
 * The bytes of an artifact from a run's folder: from its own place, from the copies of earlier rounds beside it, or else
 * from the artifacts of earlier attempts.
 *
 * @param root - the run's folder
 * @returns null when no file there has that sha256, also when the folder is gone
 */
export async function findArtifact(
  root: string,
  { path, sha256, bytes }: { path: string; sha256: string; bytes: number },
): Promise<Buffer | null> {
  const copies = (await namesIn(root, dirname(path))).filter(isRoundCopyPath);
  const kept = await namesIn(root, OWN_NAMES.attempts);
  const places = [
    ...copies.map((name) => `${dirname(path)}/${name}`),
    ...kept.map((name) => `${OWN_NAMES.attempts}/${name}`),
  ];
  for (const candidate of [path, ...places]) {
    const found = await readArtifactFile(root, candidate, bytes).catch(missingIfLost);
    if (found.kind === 'file' && found.sha256 === sha256) return found.bytes;
  }
  return null;
}

async function namesIn(root: string, folder: string): Promise<string[]> {
  return (await readdir(join(root, folder)).catch(nullIfMissing)) ?? [];
}
