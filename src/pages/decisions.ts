import { cut } from '../domain/failures.js';
import { escapeHtml } from '../domain/text/html.js';
import type { ToldDecision } from '../domain/story/told-decisions.js';
import type { PageFacts } from './page-facts.js';
import { fitting, prose, table, words } from './html.js';

const DECISIONS_BYTES = 150_000;
const ACTIONS: Readonly<Record<ToldDecision['action'], string>> = {
  approve: 'approved',
  reject: '<span class="bad">rejected</span>',
  requestChanges: '<span class="warn">requested changes</span>',
  abort: '<span class="bad">aborted</span>',
};

/** Who decided what, when, how and with which words, and which approvals count no more. */
export function decisions({ report }: PageFacts): string {
  const told = report.story?.decisions ?? [];
  const items = told.map(
    ({ action, by, via, comment, at, phaseKey, gate, round, why }) =>
      `<p><b>${by === null ? 'somebody' : words(by)}</b> ${ACTIONS[action]} at ${words(`${phaseKey}/${gate}`)}${round > 1 ? ` (round ${round})` : ''} <span class="soft">${timeText(at)}${via === null ? '' : `, by ${escapeHtml(via)}`}</span>${why === null ? '' : ` <span class="warn">counts no more: ${escapeHtml(why)}</span>`}${comment === null ? '' : `<br>“${prose(cut(comment, 2_000))}”`}</p>`,
  );
  const names =
    items.length === 0 ? '' : '<p class="soft">Names are what the callers said of themselves; nobody proved them.</p>';
  const ignored =
    report.ignoredMessages > 0 ? `<p>${report.ignoredMessages} messages had no effect: the events tell which.</p>` : '';
  return [
    fitting(items, DECISIONS_BYTES, (left) => `${left} more decisions are left out here.`),
    names,
    ignored,
    rounds(report),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

/** Each time that work was sent back. */
function rounds({ rounds: all }: PageFacts['report']): string {
  return table(
    ['Sent back from', 'To', 'Round', 'Why', 'By'],
    all
      .filter(({ type }) => type === 'sent_back')
      .slice(0, 50)
      .map(({ phaseKey, to, round, why, by }) => [
        words(phaseKey ?? ''),
        words(to ?? ''),
        String(round ?? ''),
        words(cut(why ?? '', 500)),
        words(by ?? ''),
      ]),
  );
}

/** A time of the record as people read it, in UTC. */
export function timeText(iso: string): string {
  return `${escapeHtml(iso.replace('T', ' ').slice(0, 16))} UTC`;
}
