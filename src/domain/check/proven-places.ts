import type { PlannedCheck } from './planned-check.js';
import { hasArtifactCommand } from './judge-check.js';

/** Where a check finds its command and its files in an artifact. */
export interface ProvenPlace {
  pointer: string;
  unchanged: string | null;
}

/**
 * What checks have proven with the artifact of a phase, and what later checks rest on: empty where the phase itself has
 * no check that takes its command from there, because nothing was proven then.
 *
 * @param phaseKey - the phase
 * @param phases - all of the run
 */
export function provenPlaces(
  phaseKey: string,
  phases: readonly { key: string; checks: readonly PlannedCheck[] }[],
): ProvenPlace[] {
  const placesIn = ({ checks }: { checks: readonly PlannedCheck[] }): ProvenPlace[] =>
    checks.flatMap(({ run, unchanged }) =>
      hasArtifactCommand(run) && run.artifactOf === phaseKey ? [{ pointer: run.pointer, unchanged }] : [],
    );
  const own = phases.find(({ key }) => key === phaseKey);
  return own === undefined || placesIn(own).length === 0 ? [] : phases.flatMap(placesIn);
}
