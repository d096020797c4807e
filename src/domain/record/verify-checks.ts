import type { CheckRun, CheckSummary } from '../check/check-run.js';
import { commandText } from '../check/check-text.js';
import { hasArtifactCommand, isComparedWithBase } from '../check/judge-check.js';
import type { PlannedCheck } from '../check/planned-check.js';
import { isJsonObject } from '../text/json.js';
import { occurrenceIn } from './event-keys.js';
import type { RunEvent } from './events.js';
import type { HistoryFacts, PastPhase } from './history-facts.js';

/** A row of `check_runs`, for a comparison. */
export type MirroredCheck = Pick<
  CheckRun,
  | 'id'
  | 'phaseKey'
  | 'round'
  | 'attempt'
  | 'kind'
  | 'name'
  | 'command'
  | 'end'
  | 'exitCode'
  | 'durationMs'
  | 'tree'
  | 'commit'
  | 'sandbox'
  | 'outcome'
> & {
  /** Whether its output has the sha256 that was recorded with it. */
  intact: boolean;
};

/** A row that must be there, as far as it is known. */
type Wanted = Partial<MirroredCheck>;

/**
 * Compares the rows of commands with what history and the run's events know of them.
 *
 * @returns a text for each row that is missing or differs
 */
export function differingChecks(
  { phases }: HistoryFacts,
  events: readonly RunEvent[],
  rows: readonly MirroredCheck[],
): string[] {
  const planned = new Map(phases.map(({ task }) => [task.phase.key, task.phase.checks ?? []]));
  const wanted = [
    ...phases.flatMap(wantedByPhase),
    ...events.flatMap((event) => wantedByEvent(event, planned.get(event.phaseKey ?? '') ?? [])),
  ];
  const missing = wanted.filter((each) => !rows.some((row) => has(row, each)));
  return [
    ...new Set([
      ...missing.map((each) => `${textOf(each)} is not in the mirror as it ran`),
      ...phases.flatMap((phase) => changedRows(phase, rows)),
      ...rows.filter(({ intact }) => !intact).map((row) => `the output of ${textOf(row)} does not have its sha256`),
    ]),
  ];
}

/** What a phase's result in history says of its last attempt. */
function wantedByPhase({ task, outcome }: PastPhase): Wanted[] {
  const where = { phaseKey: task.phase.key, round: task.round, attempt: outcome?.attempts };
  // outcomes of older builds say nothing of checks
  return (outcome?.checks ?? []).map((check) => ({ ...where, ...fromSummary(check) }));
}

/** What an event says of the attempt that it ends, or of the set-up. */
function wantedByEvent({ type, phaseKey, payload }: RunEvent, planned: readonly PlannedCheck[]): Wanted[] {
  const { attempt, round, tree, checks, steps, sandbox } = payload;
  if (phaseKey === null || typeof attempt !== 'number' || typeof round !== 'number') return [];
  const where = { phaseKey, round, attempt };
  if (type === 'setup_completed' && Array.isArray(steps))
    // not its time: a worker that was killed in a set-up does all steps again, and the first row of each stays
    return steps.filter(isJsonObject).map(({ name, end, exitCode }) => ({
      ...({ kind: 'setup', name, end, exitCode, sandbox, outcome: 'passed' } as Wanted),
      ...where,
    }));
  if ((type !== 'checks_passed' && type !== 'checks_failed') || !Array.isArray(checks)) return [];
  return checks.filter(isJsonObject).flatMap((each) => {
    const check = each as unknown as CheckSummary;
    // a rebuilt event does not know the tree, and a run at the base commit is of the first attempt that asked for it
    const place = mayBeAtBase(check) ? { phaseKey } : { ...where, ...(typeof tree === 'string' && { tree }) };
    return [{ ...place, ...fromSummary(check) }, ...wantedAtBase(check, planned)];
  });
}

/**
 * A check that is red ran at the base commit, too, where that can excuse it. How it ended there is known only where it
 * did: there it was red by an exit code of its own.
 */
function wantedAtBase({ name, outcome, end, exitCode }: CheckSummary, planned: readonly PlannedCheck[]): Wanted[] {
  if (outcome === 'already_failing') return [{ kind: 'base', name, outcome: 'failed', end: 'exited' }];
  const check = planned.find((each) => each.name === name);
  const isCompared = check !== undefined && isComparedWithBase(check, { end, exitCode, signal: null });
  return outcome === 'failed' && isCompared ? [{ kind: 'base', name }] : [];
}

function fromSummary(check: CheckSummary): Wanted {
  const { name, outcome, end, exitCode, durationMs } = check;
  const facts: Wanted = { name, outcome, end, exitCode, durationMs: Math.round(durationMs) };
  return mayBeAtBase(check) ? facts : { kind: 'check', ...facts };
}

/** A check that must be red may have failed on the phase's own tree, or on the base commit with its own files. */
function mayBeAtBase({ expect, outcome }: CheckSummary): boolean {
  return expect === 'fail' && outcome === 'failed';
}

/** Rows of a phase whose commit or command is not the one that history gave the phase. */
function changedRows({ task, executionRunId }: PastPhase, rows: readonly MirroredCheck[]): string[] {
  const prefix = `${occurrenceIn(executionRunId, task.occurrence)}:`;
  return rows
    .filter(({ id }) => id.startsWith(prefix))
    .flatMap((row) => {
      const command = commandIn(task, row);
      return [
        ...(row.commit === task.head ? [] : [`the commit of ${textOf(row)} is not the one that its phase began on`]),
        ...(command === null || command === row.command
          ? []
          : [`the command of ${textOf(row)} is not the planned one`]),
      ];
    });
}

/** The planned command of a row; null for one that an artifact has. */
function commandIn({ phase, commands }: PastPhase['task'], { kind, name }: MirroredCheck): string | null {
  if (kind === 'setup') {
    const step = commands.setup.find((_, index) => name === `setup ${index + 1}`);
    return step ? commandText(step.run) : null;
  }
  const run = phase.checks.find((check) => check.name === name)?.run;
  return run === undefined || hasArtifactCommand(run) ? null : commandText(run);
}

function has(row: MirroredCheck, wanted: Wanted): boolean {
  return Object.entries(wanted).every(([key, value]) => value === undefined || row[key as keyof Wanted] === value);
}

function textOf({ kind, name, phaseKey, attempt, outcome, end, exitCode }: Wanted): string {
  const what = kind === 'setup' ? name : `check ${name}`;
  if (kind === 'base') return `the run of ${what} at the base commit`;
  const how = end === 'exited' ? `exit ${exitCode}` : end;
  return `the run of ${what} of phase ${phaseKey}, attempt ${attempt}, ${outcome} (${how}),`;
}
