import { endText, NOTHING_RAN, secondsText } from '../check/check-text.js';
import { cut } from '../failures.js';
import { escapeMarkdown } from '../text/markdown.js';
import type { CheckFacts } from './report-facts.js';
import type { Report } from './report.js';

const KINDS: Readonly<Record<CheckFacts['kind'], string>> = {
  setup: 'set-up',
  check: 'check',
  base: 'at the base commit',
};
const OUTCOMES: Readonly<Record<CheckFacts['outcome'], string>> = {
  passed: '✓ passed',
  failed: '✗ **failed**',
  flaky: '~ flaky',
  already_failing: '✗ already failing',
};
const HEAD = ['Phase', 'Round', 'Attempt', 'What', 'Check', 'Outcome', 'Ended', 'Took', 'Sandbox'];

/**
 * The runs of commands as a table of Markdown. Where a run has commits and no check ran, it says that. A report of an
 * older run does not have them.
 */
export function checkTable({ checks, commits }: Pick<Report, 'commits'> & { checks?: readonly CheckFacts[] }): string {
  if (!checks) return '';
  const none = commits.length > 0 && !checks.some(({ kind }) => kind === 'check');
  const notice = none ? `**${NOTHING_RAN}**: no check has looked at the commits.` : '';
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const table =
    checks.length === 0
      ? ''
      : [line(HEAD), line(HEAD.map(() => '---')), ...checks.map((run) => line(cells(run)))].join('\n');
  return [notice, table].filter((part) => part !== '').join('\n\n');
}

function cells({
  phaseKey,
  round,
  attempt,
  kind,
  name,
  expect,
  outcome,
  end,
  exitCode,
  durationMs,
  sandbox,
}: CheckFacts): string[] {
  return [
    escapeMarkdown(phaseKey),
    String(round),
    String(attempt),
    KINDS[kind],
    escapeMarkdown(cut(name, 100)),
    `${OUTCOMES[outcome]}${expect === 'fail' ? ' (must be red)' : ''}`,
    endText({ end, exitCode }),
    secondsText(durationMs),
    sandbox === 'none' ? '**none**' : sandbox,
  ];
}
