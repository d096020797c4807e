import { changeText, type Changes } from '../../domain/change/changes.js';
import { cut } from '../../domain/failures.js';
import { escapeMarkdown, inlineCode } from '../../domain/text/markdown.js';
import { roundText } from '../../domain/rounds/round-copy.js';
import { signalCommand } from '../../domain/gate-view/gate-commands.js';
import type { RunStatus } from '../../domain/run-status.js';
import { budgetText } from '../../domain/money/budget-text.js';
import { formatCost } from '../../domain/money/show.js';
import { checkList } from './checks-shown.js';
import { gateDetails } from './gate-details.js';

/** Longest text shown, in UTF-8 bytes. A template or a person may have written more. */
export const MAX_DETAILS_BYTES = 18_000;
const MAX_PHASES_SHOWN = 60;
/** Temporal Web sets the columns of a table without any space between them. */
const GAP = '\u00A0\u00A0';

/**
 * The run in Markdown, as Temporal Web shows it: where it stands, what it waits for, and the exact command for that.
 *
 * @param status - the run as it is now
 */
export function renderDetails(status: RunStatus): string {
  const parts = [
    headline(status),
    waitingText(status),
    ...status.openGates.map((gate, index) => gateDetails(gate, status, index)),
    phaseTable(status),
    checkList(status),
    commitList(status),
    keptList(status),
    ignoredList(status),
  ];
  return cutToBytes(parts.filter((part) => part !== '').join('\n\n'), MAX_DETAILS_BYTES);
}

/** Cuts whole lines only: half of an inline code would no longer enclose its text. */
function cutToBytes(text: string, bytes: number): string {
  const size = (part: string): number => new TextEncoder().encode(part).length;
  if (size(text) <= bytes) return text;
  const kept: string[] = [];
  let left = bytes - size('\n```\n\n…');
  for (const line of text.split('\n')) {
    left -= size(line) + 1;
    if (left < 0) break;
    kept.push(line);
  }
  const openFence = kept.filter((line) => line === '```').length % 2 === 1;
  return [...kept, ...(openFence ? ['```'] : []), '', '…'].join('\n');
}

function headline(status: RunStatus): string {
  const { state, template, usage, failure, branch, openGates } = status;
  return [
    `**${openGates.length > 0 ? `${state}, waits for a decision` : state}** · template ${inlineCode(template ?? 'not known yet')} · ${escapeMarkdown(`cost ${formatCost(usage)}${budgetText(status)}`)}`,
    branch === null ? '' : `Branch ${inlineCode(branch)}`,
    failure === null ? '' : `**${failure.code}**: ${escapeMarkdown(cut(failure.message, 1_000))}`,
  ]
    .filter((line) => line !== '')
    .join('\n\n');
}

function waitingText({ run, waitsFor, phases }: RunStatus): string {
  if (waitsFor === null) return '';
  const command = (name: string) => signalCommand(run.workflowId, name);
  const maySkip = phases.some(({ key, maySkip: may }) => key === waitsFor.phase && may);
  const names = waitsFor.kind === 'paused' ? ['resume'] : ['retry', ...(maySkip ? ['skip'] : []), 'abort'];
  const title =
    waitsFor.kind === 'paused'
      ? 'Paused'
      : `Waits for help: ${inlineCode(waitsFor.phase ?? '')} failed with ${inlineCode(waitsFor.code ?? '')}`;
  return [`### ${title}`, escapeMarkdown(cut(waitsFor.message, 1_000)), '```', ...names.map(command), '```'].join('\n');
}

function phaseTable({ phases }: RunStatus): string {
  if (phases.length === 0) return '';
  const rows = phases
    .slice(0, MAX_PHASES_SHOWN)
    .map(
      ({ key, state, attempts, persona, fallback, artifact, round, changes }) =>
        `| ${[`${escapeMarkdown(key)}${roundText(round)}`, state, attempts || '', escapeMarkdown(fallback ? `${persona} (${fallback})` : persona), changedIn(changes)].join(`${GAP} | `)}${GAP} | ${artifact ? inlineCode(artifact.path.replace(/^artifacts\//, '')) : ''} |`,
    );
  const more = phases.length > MAX_PHASES_SHOWN ? `\n\n… and ${phases.length - MAX_PHASES_SHOWN} more phases` : '';
  return `| ${['phase', 'state', 'attempts', 'persona', 'changed'].join(`${GAP} | `)}${GAP} | artifact |\n| :--- | :--- | :--- | :--- | :--- | :--- |\n${rows.join('\n')}${more}`;
}

function changedIn(changes: Changes | null): string {
  return changes === null || changes.total.files === 0 ? '' : changeText(changes.total);
}

function keptList({ kept }: RunStatus): string {
  return kept
    .map(({ phase, ref }) => `- work of ${inlineCode(phase)} that is not committed: ${inlineCode(`git show ${ref}`)}`)
    .join('\n');
}

function commitList({ commits }: RunStatus): string {
  return commits
    .slice(-10)
    .map(
      ({ sha, subject, filesChanged, insertions, deletions }) =>
        `- ${inlineCode(sha.slice(0, 12))} ${escapeMarkdown(cut(subject, 100))} (${filesChanged} ${filesChanged === 1 ? 'file' : 'files'}, +${insertions} −${deletions})`,
    )
    .join('\n');
}

function ignoredList({ ignored, ignoredTotal }: RunStatus): string {
  if (ignored.length === 0) return '';
  const lines = ignored.map(
    ({ name, reason, at }) => `- ${at} ${inlineCode(cut(name, 60))}: ${escapeMarkdown(cut(reason, 300))}`,
  );
  const title =
    ignoredTotal > ignored.length
      ? `${ignoredTotal} messages were not applied, the last of them`
      : 'Decisions that were not applied';
  return `${title}:\n${lines.join('\n')}`;
}
