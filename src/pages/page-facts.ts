import type { Report } from '../domain/record/report.js';
import type { StoryFacts } from '../domain/story/story-facts.js';

/** What a page is made from. */
export interface PageFacts {
  report: Report;
  /** For the artifacts: their bytes and their schemas. */
  facts: Pick<StoryFacts, 'documents' | 'schemas'>;
  /** What `git diff-tree -p` said of the run; null where it could not be read. */
  patch: { text: string; cut: boolean } | null;
  /** When the page is made, ISO 8601. */
  madeAt: string;
}
