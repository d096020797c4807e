import type { RepositoryCheck, SetupStep } from '../repository-file.js';

/** What lies at the root of a repository. */
export interface RootLook {
  /** Names of its files and folders. */
  names: ReadonlySet<string>;
  /** The text of a small file, or an empty text. */
  text: (name: string) => string;
}

/** A command that is proposed, with the reason for people. */
export type Proposed<T> = T & { why: string };

/** What one language or tool proposes. Every command is made of fixed words, and of no text that a file has. */
export interface Proposal {
  /** Goes before the name of a check whose name is taken. */
  language: string;
  setup: Proposed<SetupStep>[];
  checks: Proposed<RepositoryCheck>[];
  /** Files that an agent could weaken the checks with. */
  protect: string[];
}

/** A proposal without anything in it. */
export function nothingFor(language: string): Proposal {
  return { language, setup: [], checks: [], protect: [] };
}
