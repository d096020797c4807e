import { existsSync } from 'node:fs';
import type { RepositoryFacts } from '../domain/record/report.js';
import type { RunRef } from '../domain/run-state.js';
import { sha256 } from '../domain/text/hash.js';
import type { Mirror } from '../mirror/types.js';
import { offload } from '../offload/offload.js';
import { runFolder } from '../workspace/run-folder.js';
import { writeFileAtomically } from '../workspace/write-atomically.js';
import { lookAtBranch } from './run-report.js';

/**
 * Writes the page that people read at the gates of a phase: into the mirror, and as `review.html` into the run's folder
 * where this machine has it. Doing it again makes the page anew.
 *
 * @param requestIds - the requests of the gates that opened together; their events are in the mirror
 * @throws PhasegateError of the mirror and of the disk; TookTooLong
 */
export async function writeReviewPage(
  { mirror, workspaceRoot }: { mirror: Mirror; workspaceRoot: string },
  run: RunRef,
  requestIds: readonly string[],
): Promise<void> {
  const [facts, story] = await Promise.all([mirror.readReportFacts(run.runId), mirror.readStoryFacts(run.runId)]);
  const first = story.requests.find(({ requestId }) => requestIds.includes(requestId));
  if (!first) return;
  const { patch, ...repository } = orUnknown(await lookAtBranch(facts.run));
  const at = new Date().toISOString();
  const { html } = await offload('tellRun', {
    ...{ facts, story, ending: null, repository, patch: patch ?? null, at, requestIds },
  });
  const { requestId: id, phaseKey, gate, round, requestedAt: ts } = first;
  // a run may have ended before the page of its last gate is there: the report's page stays the newest
  await mirror.savePage(run, { id, kind: 'review', phaseKey, gate, round, sha256: sha256(html), html, ts });
  const folder = runFolder(workspaceRoot, run.runId);
  if (existsSync(folder.root)) await writeFileAtomically(folder.reviewHtml, html);
}

/** Without the repository nothing is known of the changes, which is not the same as that there are none. */
function orUnknown(seen: RepositoryFacts): RepositoryFacts {
  return seen.changes === undefined ? { ...seen, changes: null } : seen;
}
