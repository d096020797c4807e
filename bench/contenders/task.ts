import { readFileSync } from 'node:fs';
import type { JsonObject } from '../../src/domain/text/json.js';

/** The schema of every step's artifact, for every contender. */
export const ARTIFACT_SCHEMA = JSON.parse(
  readFileSync(new URL('../artifact.schema.json', import.meta.url), 'utf8'),
) as JsonObject;

/** What every run is asked to do. */
export const REQUIREMENTS =
  'Export the orders of a day as CSV, one line an order, so that the accountants can read them.';

/** What each step is told. */
export const INSTRUCTIONS =
  'Read what is wanted and what the earlier steps found. Leave a note with what matters for the next step.';

/** `step-1`, `step-2` … */
export function stepKey(index: number): string {
  return `step-${index + 1}`;
}
