import { cut } from '../failures.js';

/** A phase, as far as work can be sent back to it. Phases stand in the plan's order. */
export interface TargetPhase {
  key: string;
  /** Whether it leaves an artifact, so that an agent works in it. */
  hasArtifact: boolean;
}

/**
 * Why a person can't send work back to a phase; null where they can.
 *
 * @param to - the phase that they named
 * @param from - the phase whose gate is open
 */
export function targetFault(to: string, from: string, phases: readonly TargetPhase[]): string | null {
  if (to === from) return null;
  const at = phases.findIndex(({ key }) => key === from);
  const earlier = phases.slice(0, Math.max(0, at)).filter(({ hasArtifact }) => hasArtifact);
  if (earlier.some(({ key }) => key === to)) return null;
  const may = [...earlier.map(({ key }) => key), from].join(', ');
  const found = phases.find(({ key }) => key === to);
  const what = !found
    ? 'there is no phase'
    : found.hasArtifact
      ? 'work goes back only, and not to'
      : 'no agent works in';
  return `${what} ${cut(to, 64)}: it can go to ${cut(may, 500)}`;
}
