import type { ContenderProcess } from '../contender-process.js';

/** What a further phase costs, and what the run itself costs, of one thing that was counted. */
export interface Share {
  name: string;
  perPhase: number;
  perRun: number;
}

/**
 * Counts something in runs of 5 and of 10 phases. A fifth of the difference is a phase's share. The rest of the 5
 * phases' count is the run's own.
 *
 * @param command - of the contender: told `begin`, and `end` for the counts
 * @param numbers - the counts of an answer, by name
 */
export async function countPerPhase<T>(
  contender: ContenderProcess,
  command: string,
  runs: number,
  numbers: (counted: T) => Record<string, number>,
): Promise<Share[]> {
  const count = async (phases: number): Promise<Record<string, number>> => {
    await contender.runs({ runs: 1, phases, atOnce: 1 });
    await contender.ask(command, 'begin');
    await contender.runs({ runs, phases, atOnce: 1 });
    return numbers(await contender.ask<T>(command, 'end'));
  };
  const [five, ten] = [await count(5), await count(10)];
  const names = [...new Set([...Object.keys(five), ...Object.keys(ten)])];
  const shares = names.map((name) => {
    const perPhase = ((ten[name] ?? 0) - (five[name] ?? 0)) / 5 / runs;
    return { name, perPhase, perRun: (five[name] ?? 0) / runs - 5 * perPhase };
  });
  return shares.sort((a, b) => b.perPhase - a.perPhase || b.perRun - a.perRun);
}

/** The sum over all that was counted. */
export function total(shares: readonly Share[], of: 'perPhase' | 'perRun'): number {
  return shares.reduce((sum, share) => sum + share[of], 0);
}
