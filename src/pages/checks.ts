import { NOTHING_RAN, summaryText } from '../domain/check/check-text.js';
import type { CheckFacts } from '../domain/record/report-facts.js';
import { escapeHtml } from '../domain/text/html.js';
import type { PageFacts } from './page-facts.js';
import { block, code, fitting, folded, words } from './html.js';

const OUTPUT_BYTES = 250_000;
const CLASS: Readonly<Record<CheckFacts['outcome'], string>> = {
  passed: 'good',
  failed: 'bad',
  flaky: 'warn',
  already_failing: 'warn',
};

/**
 * The last run of each check in the newest round of its phase: what proves the work as it is.
 *
 * @param phaseKey - null: of all phases
 */
export function newestChecks({ report }: Pick<PageFacts, 'report'>, phaseKey: string | null = null): CheckFacts[] {
  const newest = new Map<string, CheckFacts>();
  for (const check of report.checks) {
    if (check.kind !== 'check' || (phaseKey !== null && check.phaseKey !== phaseKey)) continue;
    const key = JSON.stringify([check.phaseKey, check.name]);
    const before = newest.get(key);
    if (!before || before.round <= check.round) newest.set(key, check);
  }
  return [...newest.values()];
}

/** A check in a line, with its colour. */
export function checkLine(check: CheckFacts): string {
  return `<span class="${CLASS[check.outcome]}">${escapeHtml(summaryText(check))}</span>`;
}

/** Every command that ran, with its output folded. */
export function checks({ report }: PageFacts): string {
  const outputs = report.story?.outputs ?? [];
  const parts = outputs.map(({ phaseKey, round, kind, name, command, outcome, tail }) =>
    folded(
      `<span class="${CLASS[outcome]}">${escapeHtml(outcome.replace('_', ' '))}</span> ${words(name)} <span class="soft">${escapeHtml(KINDS[kind])}, ${words(phaseKey)}, round ${round}</span>`,
      `<p>${code(command)}</p>${tail === '' ? '<p class="soft">It printed nothing.</p>' : block(tail)}`,
      outcome === 'failed',
    ),
  );
  const nothing =
    report.commits.length > 0 && !report.checks.some(({ kind }) => kind === 'check')
      ? `<p><span class="warn">${NOTHING_RAN}</span>: no check has looked at the commits.</p>`
      : '';
  return `${nothing}${fitting(parts, OUTPUT_BYTES, (left) => `${left} more outputs are left out here.`)}`;
}

const KINDS: Readonly<Record<CheckFacts['kind'], string>> = {
  setup: 'set-up',
  check: 'on the tree that was committed',
  base: 'at the base commit',
};
