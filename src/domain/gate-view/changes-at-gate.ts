import type { Changes } from '../change/changes.js';
import type { RunStatus } from '../run-status.js';

/**
 * What the phases up to that of a gate have changed, each phase that changed something: a later gate is also about the
 * work of an earlier phase.
 *
 * @returns null where no phase has told what it changed
 */
export function changesAtGate(phase: string, { phases }: RunStatus): { phase: string; changes: Changes }[] | null {
  const told = phases
    .slice(0, phases.findIndex(({ key }) => key === phase) + 1)
    .flatMap(({ key, changes }) => (changes ? [{ phase: key, changes }] : []));
  return told.length === 0 ? null : told.filter(({ changes }) => changes.total.files > 0);
}
