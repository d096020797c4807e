import { setTimeout } from 'node:timers/promises';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { WORKFLOW_TYPE } from '../../domain/names.js';
import { PhasegateError } from '../../domain/failures.js';
import type { RunState } from '../../domain/run-state.js';
import type { RunStatus } from '../../domain/run-status.js';
import { fromUsd } from '../../domain/money/amount.js';
import { formatUsd } from '../../domain/money/show.js';
import { formatDuration } from '../../domain/text/duration.js';
import { IS_OPEN } from '../../temporal/execution-state.js';
import { readCount } from '../command-line/arguments.js';
import { inColumns } from '../command-line/columns.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import { printable } from '../command-line/printable.js';
import { withClient } from '../command-line/with-client.js';
import { withMirror } from '../command-line/with-mirror.js';

const STATES: readonly RunState[] = ['created', 'executing', 'paused', 'completed', 'failed', 'aborted'];

/** How long the mirror, and a run, may take to say more: the list does without. */
const MIRROR_MS = 2_000;
const ANSWER_MS = 2_000;
const MOST_ASKED = 10;

interface Row {
  workflowId: string;
  runId: string;
  /** State of the run, or Temporal's own status where the run could not write one (terminated, timed out). */
  state: string;
  /** It is paused in Temporal: `temporal workflow unpause` lets it go on. */
  held: boolean;
  template: string | null;
  phase: string | null;
  gates: string[];
  /** Why it failed, or what it waits for help with; null where nobody knows. */
  code: string | null;
  costUsd: number | null;
  startedAt: string;
  closedAt: string | null;
}

/** `list`: runs from Temporal's visibility, the newest first. */
export const list = defineCommand({
  usage: '[--state S] [--template T] [--waiting] [--limit N]',
  about: 'runs, the newest first',
  options: {
    state: { type: 'string', value: 'S', about: 'created, executing, paused, completed, failed or aborted' },
    template: { type: 'string', value: 'T', about: 'name of a template' },
    waiting: { type: 'boolean', about: 'only runs that wait at a gate' },
    limit: { type: 'string', value: 'N', about: 'the largest number of runs to show (20)' },
  },
  run: async ({ state, template, waiting, limit, json }) => {
    const most = readCount(limit, '--limit', 20);
    if (state !== undefined && !STATES.some((known) => known === state))
      throw new PhasegateError('usage_invalid', `--state must be one of ${STATES.join(', ')}, found ${state}`);
    const terms = [
      `WorkflowType = ${quoted(WORKFLOW_TYPE)}`,
      ...(state === undefined ? [] : [`RunState = ${quoted(state)}`]),
      ...(template === undefined ? [] : [`RunTemplate = ${quoted(template)}`]),
      ...(waiting ? [`RunGate IS NOT NULL AND ${IS_OPEN}`] : []),
    ];
    const rows = await withClient(async (client) => {
      const found: Row[] = [];
      for await (const info of client.workflow.list({ query: terms.join(' AND '), pageSize: Math.min(most, 100) })) {
        found.push(toRow(info));
        if (found.length >= most) break;
      }
      const codes = new Map([...(await parkedCodes(client, found)), ...(await failureCodes(found))]);
      return found.map((row) => ({ ...row, code: codes.get(row.runId) ?? null }));
    });
    print(json, rows, rows.length === 0 ? 'no run matches' : inColumns(rows.map(cells)));
    return EXIT.ok;
  },
});

/** A value in Temporal's query language. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function toRow({ workflowId, runId, status, startTime, closeTime, searchAttributes, raw }: WorkflowExecutionInfo): Row {
  const attribute = (name: string): unknown[] => (searchAttributes[name] as unknown[] | undefined) ?? [];
  const own = attribute('RunState')[0];
  const unspoken = ['TERMINATED', 'TIMED_OUT', 'UNSPECIFIED'].includes(status.name) || typeof own !== 'string';
  const cost = attribute('RunCostUsd')[0];
  return {
    workflowId,
    runId: raw.firstRunId || runId,
    state: unspoken ? status.name.toLowerCase() : own,
    held: status.name === 'PAUSED',
    template: (attribute('RunTemplate')[0] as string | undefined) ?? null,
    phase: (attribute('RunPhase')[0] as string | undefined) ?? null,
    gates: attribute('RunGate') as string[],
    code: null,
    costUsd: typeof cost === 'number' ? cost : null,
    startedAt: startTime.toISOString(),
    closedAt: closeTime?.toISOString() ?? null,
  };
}

/** An open run may be at work, and what a phase used is added only when it ends. */
function costText(costUsd: number | null, isOpen: boolean): string {
  if (costUsd === null) return 'unknown';
  return `${isOpen ? 'at least ' : ''}${formatUsd(fromUsd(costUsd))}`;
}

function cells({ workflowId, state, held, template, phase, gates, costUsd, startedAt, closedAt, code }: Row): string[] {
  const duration = formatDuration(Date.parse(closedAt ?? new Date().toISOString()) - Date.parse(startedAt));
  const place = gates.length > 0 ? `waits at ${gates.join(', ')}` : (phase ?? '');
  const why = code === null ? '' : ` (${state === 'paused' ? 'waits for help: ' : ''}${code})`;
  return [
    printable(workflowId, 60),
    printable(state),
    printable(template ?? ''),
    costText(costUsd, closedAt === null),
    startedAt.slice(0, 16),
    duration,
    printable(`${place}${why}${held ? ' (paused in Temporal)' : ''}`.trim()),
  ];
}

/** Failures of runs that ended, from the mirror: Temporal's list does not have them. None where it does not answer. */
async function failureCodes(rows: readonly Row[]): Promise<ReadonlyMap<string, string>> {
  const failed = rows.filter(({ state }) => state === 'failed').map(({ workflowId }) => workflowId);
  if (failed.length === 0 || !process.env['DATABASE_URL']) return new Map();
  const late = setTimeout(MIRROR_MS, [], { ref: false });
  const found = await Promise.race([withMirror((mirror) => mirror.newestRuns(failed)), late]).catch(() => []);
  return new Map(found.flatMap(({ runId, errorCode }) => (errorCode === null ? [] : [[runId, errorCode]])));
}

/** What parked runs wait for, as they say themselves; none where no worker answers. */
async function parkedCodes(client: Client, rows: readonly Row[]): Promise<ReadonlyMap<string, string>> {
  const paused = rows.filter(({ state }) => state === 'paused').slice(0, MOST_ASKED);
  const asked = paused.map(async ({ workflowId, runId }): Promise<[string, string][]> => {
    const ask = () => client.workflow.getHandle(workflowId).query<RunStatus>('status');
    const status = await client.withDeadline(Date.now() + ANSWER_MS, ask).catch(() => null);
    return status?.run.runId === runId && status.waitsFor?.code ? [[runId, status.waitsFor.code]] : [];
  });
  return new Map((await Promise.all(asked)).flat());
}
