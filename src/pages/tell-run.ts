import type { RunEnding } from '../domain/run-state.js';
import type { ReportFacts } from '../domain/record/report-facts.js';
import { buildReport, type Report, type RepositoryFacts } from '../domain/record/report.js';
import type { StoryFacts } from '../domain/story/story-facts.js';
import { tellStory } from '../domain/story/tell-story.js';
import type { PageFacts } from './page-facts.js';
import { reportPage, reviewPage } from './run-page.js';

/** All that is known of a run at a moment. */
export interface KnownRun {
  facts: ReportFacts;
  story: StoryFacts;
  /** Null for a run that goes on. */
  ending: RunEnding | null;
  repository: RepositoryFacts;
  patch: PageFacts['patch'];
  /** ISO 8601: when it ended, or now. */
  at: string;
  /** For a page at a gate: the requests of the gates. */
  requestIds: readonly string[];
  /** One that was made before: then only the page is made anew. */
  report?: Report;
}

/** The report of a run, and the page about it: for its gates, or for its end. It takes as long as there is to read. */
export function tellRun(known: KnownRun): { report: Report; html: string } {
  const { story, patch, at, requestIds } = known;
  const report = known.report ?? reportOf(known);
  const page: PageFacts = { report, facts: story, patch, madeAt: at };
  const gates = story.requests.filter(({ requestId }) => requestIds.includes(requestId));
  return { report, html: gates.length > 0 ? reviewPage(page, gates) : reportPage(page) };
}

function reportOf({ facts, story, ending, repository, at }: KnownRun): Report {
  const changes = repository.changes ?? null;
  const told = tellStory(story, facts.phases, facts.bindings, changes, at);
  return buildReport(facts, ending, repository, at, told);
}
