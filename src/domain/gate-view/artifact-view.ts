import { cut } from '../failures.js';
import { isJsonObject } from '../text/json.js';

/** What people see of an artifact where they decide on it. It is made where the artifact is read, and history keeps it. */
export interface ArtifactView {
  /** Its verdict and its summary as a text; null where it has neither. */
  headline: string | null;
  /** It in Markdown, cut to {@link MAX_VIEW_BYTES}. */
  markdown: string;
}

/** History has one for each time that a gate opens, and the status has it while the gate is open. */
export const MAX_VIEW_BYTES = 6_000;

/**
 * The view in the result of an activity; null where it has none. A person can complete an activity by hand, with any
 * result.
 */
export function readView(value: unknown): ArtifactView | null {
  if (!isJsonObject(value)) return null;
  const { headline, markdown } = value;
  if (typeof markdown !== 'string' || new TextEncoder().encode(markdown).length > MAX_VIEW_BYTES) return null;
  return { headline: typeof headline === 'string' ? cut(headline, 1_000) : null, markdown };
}
