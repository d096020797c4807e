import { randomUUID } from 'node:crypto';
import type { ApplicationFailure } from '@temporalio/activity';
import type { CheckSummary } from '../../domain/check/check-run.js';
import { redLines, redPrompt, type RedWork } from '../../domain/check/red-prompt.js';
import { checksPayload } from '../../domain/record/events.js';
import { PhasegateError, type FailureCode } from '../../domain/failures.js';
import type { JudgedArtifact } from '../phase/judge-artifact.js';
import { recordAttempt, type EventDraft } from '../phase/phase-records.js';
import type { PhaseRun } from '../phase/phase-run.js';
import { AT_ONCE_MS, failureFrom } from '../temporal-failure.js';
import type { Proof } from './prove-work.js';

const MOST_LISTED = 50;

/**
 * Records that the work of an attempt is not proven, and gives the failure to throw. It is retryable while repairs are
 * left. The next attempt goes on in the same conversation, and is told what is red. Repairs have a count of their own:
 * none of them is an attempt at a valid artifact.
 */
export async function failChecks(
  run: PhaseRun,
  red: RedWork,
  { tree, checks }: Pick<Proof, 'tree' | 'checks'>,
  judged: JudgedArtifact,
): Promise<ApplicationFailure> {
  const { progress, facts, task } = run;
  const { phase } = task;
  const lines = redLines(red);
  const fingerprint = fingerprintOf(red, checks, tree);
  const end = endingCode(run, fingerprint);
  const payload = {
    ...checksPayload(tree, checks),
    errors: lines,
    protected: red.protectedPaths.slice(0, MOST_LISTED),
  };
  const events: EventDraft[] = [{ type: 'checks_failed', attempt: run.attempt, payload }];
  if (end === null) events.push({ type: 'prompt_repaired', attempt: run.attempt + 1, payload: { reason: 'checks' } });
  await recordAttempt(run, judged, events);
  const message = `phase ${phase.key}, ${progress.repairs} of ${phase.repairs} repairs: the work is not proven: ${lines.join('; ')}`;
  const error = new PhasegateError(end ?? 'checks_failed', message, { errors: lines });
  if (end !== null) return failureFrom(error, facts, 'never');
  const repair = { n: progress.repairs + 1, of: phase.repairs };
  progress.workRed(fingerprint, redPrompt(red, phase.artifact.path, repair, randomUUID()));
  return failureFrom(error, facts, AT_ONCE_MS);
}

/** Equal for the same red checks on the same tree: an agent that changes something is not stalled. */
function fingerprintOf(
  { protectedPaths, takenPlaces, red }: RedWork,
  checks: readonly CheckSummary[],
  tree: string | null,
): string {
  const ends = checks.map(({ name, outcome, end, exitCode }) => [name, outcome, end, exitCode]);
  const before = [protectedPaths.length, takenPlaces.length];
  return JSON.stringify(['checks', tree, before, red.map(({ name, why }) => [name, why]), ends]).slice(0, 2_000);
}

function endingCode({ progress, task }: PhaseRun, fingerprint: string): FailureCode | null {
  if (progress.repairs >= task.phase.repairs) return 'checks_failed';
  return progress.isStalledBy(fingerprint) ? 'stalled' : null;
}
