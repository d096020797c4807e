import type { ArtifactRef } from '../artifact.js';

/**
 * An artifact of a round that is over, as the agents of later rounds read it. Its own path is used again, so a copy has
 * the round in its name: `artifacts/review.round-1.json`.
 */
export interface RoundCopy extends ArtifactRef {
  round: number;
  /** The path at which the phase left it. */
  original: string;
}

const COPY_NAME = /\.round-\d+\.json$/i;

/** The copy of an artifact that a phase left in a round. */
export function roundCopy(artifact: ArtifactRef, round: number): RoundCopy {
  const path = artifact.path.replace(/\.json$/, `.round-${round}.json`);
  return { ...artifact, path, round, original: artifact.path };
}

/** Whether a path is one of those that copies have. No artifact of a template may have it. */
export function isRoundCopyPath(path: string): boolean {
  return COPY_NAME.test(path);
}

/** The round as a part of a phase's name: nothing for the first one, then `, round 2`. */
export function roundText(round: number | undefined): string {
  return round === undefined || round <= 1 ? '' : `, round ${round}`;
}
