import assert from 'node:assert/strict';
import { compareRun } from '../../src/upkeep/compare-run.js';
import type { TestStack } from './stack.js';

/**
 * Checks that the mirror holds of a run what Temporal's history says, event by event. @returns how many events it has
 */
export async function verified(
  { client, mirror }: Pick<TestStack, 'client' | 'mirror'>,
  runId: string,
): Promise<number> {
  const { findings, events } = await compareRun(client, mirror, runId);
  assert.deepEqual(findings, [], 'the mirror is what history says');
  return events;
}
