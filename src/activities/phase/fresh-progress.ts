import { NOTHING } from '../../domain/money/budget.js';
import { noUsage } from '../../domain/money/usage.js';
import type { PhaseProgress } from '../../domain/phase-contract.js';

/** What a phase carries from try to try, before its first. */
export function freshProgress(): PhaseProgress {
  return {
    attempt: 1,
    repair: null,
    fingerprints: [],
    usedMs: 0,
    usage: noUsage(),
    failed: noUsage(),
    inFlight: null,
    unrecorded: [],
    undone: { run: NOTHING, phase: NOTHING },
    unexplained: 0,
    rebuilt: 0,
    providerFailingSince: null,
    badReplies: 0,
    checkoutMs: null,
  };
}
