import { isStray } from '../../agent/slips/wrong-path.js';
import { setAside } from '../../workspace/artifact-file.js';
import type { PhaseRun } from './phase-run.js';

/**
 * Moves files away that the agent wrote to places for artifacts and that are not the phase's artifact, so that no later
 * phase takes one for an artifact.
 *
 * @param written - files that tools wrote, as paths from the run's folder
 * @throws PhasegateError `workspace_failed`
 */
export async function setStraysAside({ task, folder }: PhaseRun, written: readonly string[]): Promise<void> {
  const { key, artifact } = task.phase;
  // some disks do not tell capitals from small letters
  const kept = new Set([artifact, ...task.earlier, ...task.copies].map(({ path }) => path.toLowerCase()));
  const strays = written.filter((path) => isStray(path, artifact.path) && !kept.has(path.toLowerCase()));
  for (const path of new Set(strays)) await setAside(folder.root, path, `${key}-stray`);
}
