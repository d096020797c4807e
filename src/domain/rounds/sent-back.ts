import type { RoundCopy } from './round-copy.js';

/** What a phase is told when it runs again because work was sent back to it, or to a phase before it. */
export interface SentBack {
  /** The phase that sent the work back. */
  from: string;
  /** The phase to which it went. */
  to: string;
  /** Why, in our words: `verdict is "changes_requested"`, or that a person asked for it. */
  why: string;
  /** The artifact of the phase that sent it back. */
  artifact: RoundCopy | null;
  /** When a person sent it back: the name that they gave, and what is to change. */
  by: string | null;
  comment: string | null;
  /** The artifact that this phase left in its last round; null when it left none. */
  own: RoundCopy | null;
  /** The commit at which this phase ended its last round; null when it had not ended. */
  since: string | null;
}
