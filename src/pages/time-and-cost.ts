import { changeText } from '../domain/change/changes.js';
import { formatCost } from '../domain/money/show.js';
import { fromUsd } from '../domain/money/amount.js';
import type { PhaseCosts } from '../domain/story/report-story.js';
import { timesText } from '../domain/story/story-markdown.js';
import type { SegmentKind, Times } from '../domain/story/time-line.js';
import { formatDuration } from '../domain/text/duration.js';
import { escapeHtml } from '../domain/text/html.js';
import type { PageFacts } from './page-facts.js';
import { folded, table, words } from './html.js';

const WIDTH = 1_000;
const WHAT: Readonly<Record<SegmentKind, string>> = {
  work: 'agent and checks',
  people: 'waiting for people',
  held: 'paused or parked',
};
const CLASS: Readonly<Record<SegmentKind, string>> = { work: 'k-work', people: 'k-people', held: 'k-held' };

/** When the run did what: one bar over its whole time, and the stretches as a table. */
export function timeLineOf({ report }: PageFacts): string {
  const { story } = report;
  if (!story || story.timeLine.length === 0) return '';
  const first = Date.parse(story.timeLine[0]!.from);
  const all = Math.max(1, Date.parse(story.timeLine.at(-1)!.to) - first);
  const at = (time: string): number => Math.round(((Date.parse(time) - first) / all) * WIDTH * 10) / 10;
  const rects = story.timeLine.map(
    ({ kind, from, to }) =>
      `<rect class="${CLASS[kind]}" x="${at(from)}" width="${Math.max(1, at(to) - at(from))}" height="20"/>`,
  );
  const key = (['work', 'people', 'held'] as const)
    .filter((kind) => story.timeLine.some((segment) => segment.kind === kind))
    .map((kind) => `<span class="key ${CLASS[kind]}"></span>${WHAT[kind]}`);
  const rows = story.timeLine.map(({ kind, phaseKey, round, from, to }) => [
    escapeHtml(from.replace('T', ' ').slice(0, 19)),
    formatDuration(Date.parse(to) - Date.parse(from)),
    WHAT[kind],
    `${words(phaseKey ?? '')}${round !== null && round > 1 ? ` (round ${round})` : ''}`,
  ]);
  return `<svg viewBox="0 0 ${WIDTH} 20" preserveAspectRatio="none" role="img" aria-label="time line">${rects.join('')}</svg>
<p class="soft">${key.join(' · ')}. In all: ${timesText(story.times)}.</p>
${folded(`${rows.length} stretches, times in UTC`, table(['From', 'For', 'What', 'Phase'], rows))}`;
}

/** What each phase cost, as bars. */
export function costs({ report }: PageFacts): string {
  const { story, totals } = report;
  if (!story) return '';
  const most = Math.max(...story.phases.map(({ costUsd }) => costUsd), 0);
  const longest = Math.max(...story.phases.map(workOf), 0);
  const rows = story.phases.map((phase) => [
    words(phase.key),
    words(phase.model ?? ''),
    String(phase.calls),
    `${bar('k-work', phase.costUsd, most)}${costText(phase)}`,
    `${bar('k-check', workOf(phase), longest)}${formatDuration(phase.agentsMs)}${phase.checksMs > 0 ? ` + checks ${formatDuration(phase.checksMs)}` : ''}`,
    phase.peopleMs > 0 ? formatDuration(phase.peopleMs) : '',
  ]);
  const tokens = `${totals.inputTokens} tokens in (${totals.cachedTokens} cached), ${totals.outputTokens} out (${totals.reasoningTokens} reasoning)`;
  return `${table(['Phase', 'Model', 'Calls', 'Cost', 'Work', 'Waited for people'], rows)}
<p class="soft">In all ${totalCost(report.totals)} in ${totals.calls} model calls, ${tokens}. Work that a reset undid is included.</p>`;
}

/** The cost of a run in words. */
export function totalCost({ costUsd, unpricedCalls }: { costUsd: number | null; unpricedCalls: number }): string {
  return escapeHtml(formatCost({ costMicroUsd: fromUsd(costUsd ?? 0), unpricedCalls }));
}

/** How much changed, in words. */
export function changesText({ changes }: PageFacts['report']): string {
  return changes === null ? 'not known' : changeText(changes.total);
}

function workOf({ agentsMs, checksMs }: Times): number {
  return agentsMs + checksMs;
}

function costText({ costUsd, unpricedCalls, calls }: PhaseCosts): string {
  return calls === 0 ? '' : totalCost({ costUsd, unpricedCalls });
}

function bar(kind: string, value: number, most: number): string {
  const width = most > 0 ? Math.round((value / most) * 100) : 0;
  return `<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="${kind}" width="${width}" height="10"/></svg>`;
}
