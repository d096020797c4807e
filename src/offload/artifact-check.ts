import { readArtifactCheck, type ArtifactCheck } from '../domain/check/artifact-command.js';
import { readArtifactJson } from '../domain/artifact-intake.js';

/**
 * Reads a check from the bytes of an artifact: see `readArtifactCheck`.
 *
 * @returns the check, or one sentence about what is wrong with it
 */
export function artifactCheck(
  bytes: Uint8Array,
  pointer: string,
  unchanged: string | null,
): ArtifactCheck | { problem: string } {
  const intake = readArtifactJson(bytes);
  return intake.ok ? readArtifactCheck(intake.value, pointer, unchanged) : { problem: intake.message };
}
