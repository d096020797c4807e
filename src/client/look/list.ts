import type { WorkflowExecutionInfo } from '@temporalio/client';
import { WORKFLOW_TYPE } from '../../domain/names.js';
import { fromUsd } from '../../domain/money/amount.js';
import { formatUsd } from '../../domain/money/show.js';
import { formatDuration } from '../../domain/record/report-markdown.js';
import { IS_OPEN } from '../../temporal/execution-state.js';
import { readCount } from '../command-line/arguments.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import { printable } from '../command-line/printable.js';
import { withClient } from '../command-line/with-client.js';

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
      return found;
    });
    print(json, rows, rows.length === 0 ? 'no run matches' : rows.map(rowText).join('\n'));
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

function rowText({ workflowId, state, held, template, phase, gates, costUsd, startedAt, closedAt }: Row): string {
  const duration = formatDuration(Date.parse(closedAt ?? new Date().toISOString()) - Date.parse(startedAt));
  const place = gates.length > 0 ? `waits at ${gates.join(', ')}` : (phase ?? '');
  const where = `${place}${held ? ' (paused in Temporal)' : ''}`;
  const cells = [
    printable(workflowId, 60).padEnd(32),
    state.padEnd(10),
    (template ?? '').padEnd(14),
    costText(costUsd, closedAt === null).padEnd(16),
    startedAt.slice(0, 16),
    duration.padEnd(12),
    where,
  ];
  return cells.join('  ').trimEnd();
}
