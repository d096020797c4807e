import { changeText } from '../change/changes.js';
import { cut } from '../failures.js';
import { formatDuration } from '../text/duration.js';
import { escapeMarkdown, inlineCode } from '../text/markdown.js';
import { commandsLines } from './report-commands.js';
import { checkTable } from './report-checks.js';
import { closingParts, openingParts, timesText } from '../story/story-markdown.js';
import { roundText } from '../rounds/round-copy.js';
import type { Report, Totals } from './report.js';
import { fromUsd } from '../money/amount.js';
import { formatCost } from '../money/show.js';

/**
 * The report as Markdown for people. Texts of agents, people and repositories are escaped, so that none of their
 * Markdown takes effect.
 *
 * @param report - see `buildReport`
 */
export function reportMarkdown(report: Report): string {
  const sections = [
    summary(report),
    ...(report.story ? openingParts(report.story).map(([title, body]) => section(title, body)) : []),
    section('Phases', phaseTable(report)),
    section('How it was checked', list(commandsLines(report.commands))),
    section('Checks', checkTable(report)),
    section('Sent back', roundTable(report)),
    section('Other models', fallbackTable(report)),
    section('Commits', commitTable(report)),
    section('Changed files', changedFiles(report)),
    section('Deliveries', deliveryTable(report)),
    section('Artifacts', artifactTable(report)),
    section(
      'Unresolved',
      list(
        report.unresolved.map(
          ({ phaseKey, text }) => `${phaseKey ? `**${escapeMarkdown(phaseKey)}**: ` : ''}${escapeMarkdown(text)}`,
        ),
      ),
    ),
    section('Tokens and cost', costTable(report)),
    ...(report.story ? closingParts(report.story).map(([title, body]) => section(title, body)) : []),
    section('Last events', eventTable(report)),
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

function summary({
  workflowId,
  runId,
  status,
  error,
  template,
  objective,
  repository,
  durationMs,
  totals,
  endedAt,
  ignoredMessages,
  story,
}: Report): string {
  const facts = [
    ['Status', `**${status}**`],
    ['Workflow id', inlineCode(workflowId)],
    ['Run id', inlineCode(runId)],
    [
      'Template',
      template.name === null
        ? 'none'
        : `${inlineCode(`${template.name}@${template.version}`)} (${inlineCode((template.hash ?? '').slice(0, 12))})`,
    ],
    [
      'Repository',
      repository.path === null
        ? 'none'
        : `${inlineCode(repository.path)}, from ${inlineCode(repository.baseBranch ?? '')}`,
    ],
    ['Branch', repository.branch === null ? 'none' : inlineCode(repository.branch)],
    ['Time', `${formatDuration(durationMs)}${story ? ` (${timesText(story.times)})` : ''}, ended ${endedAt}`],
    ...(ignoredMessages > 0 ? [['Not applied', `${ignoredMessages} messages: the events tell which`] as const] : []),
    ['Cost', `${costText(totals)} in ${totals.calls} model calls`],
  ];
  const failed = error === null ? '' : `\n\n> **${error.code}**: ${escapeMarkdown(cut(error.message, 2_000))}`;
  const goal = objective === null ? '' : `\n\n${escapeMarkdown(cut(objective, 500))}`;
  return `# Run ${escapeMarkdown(workflowId)}: ${status}${goal}${failed}\n\n${table(['', ''], facts)}`;
}

/** How long a phase took is told by the story, without the time that it waited for people. */
function phaseTable({ phases, story }: Report): string {
  return table(
    ['Phase', 'State', 'Attempts', ...(story ? [] : ['Time']), 'Persona', 'Reason'],
    phases.map(({ key, state, round, attempts, durationMs, persona, reason }) => [
      `${escapeMarkdown(key)}${roundText(round)}`,
      state,
      String(attempts),
      ...(story ? [] : [durationMs === null ? '' : formatDuration(durationMs)]),
      escapeMarkdown(persona ?? ''),
      escapeMarkdown(cut(reason ?? '', 300)),
    ]),
  );
}

function roundTable({ rounds }: Report): string {
  return table(
    ['From', 'What', 'Why', 'Who'],
    rounds.map(({ type, phaseKey, to, gate, round, why, by }) => [
      escapeMarkdown(phaseKey ?? ''),
      type === 'sent_back'
        ? `sent back to ${escapeMarkdown(to ?? '')}, round ${round ?? ''}`
        : `the approval at gate ${escapeMarkdown(gate ?? '')} in round ${round ?? ''} counts no more`,
      escapeMarkdown(cut(why ?? '', 300)),
      escapeMarkdown(cut(by ?? '', 100)),
    ]),
  );
}

function fallbackTable({ fallbacks }: Report): string {
  return table(
    ['Phase', 'In place of', 'Went on with', 'Why'],
    fallbacks.map(({ phaseKey, from, to, code }) => [
      escapeMarkdown(phaseKey),
      inlineCode(from),
      inlineCode(to),
      inlineCode(code),
    ]),
  );
}

function commitTable({ commits }: Report): string {
  return table(
    ['Commit', 'Subject', 'Files', 'Lines'],
    commits.map(({ sha, subject, filesChanged, insertions, deletions }) => [
      inlineCode(sha.slice(0, 12)),
      escapeMarkdown(cut(subject, 120)),
      String(filesChanged),
      `+${insertions} −${deletions}`,
    ]),
  );
}

function deliveryTable({ deliveries = [] }: Report): string {
  return table(
    ['Delivery', 'State', 'Where', 'Commit', 'Checks of the forge', 'Why'],
    deliveries.map(({ state, by, remote, number, url, sha, checks, errorCode, errorMessage, startedAt }) => [
      `${startedAt}${by === null ? '' : `, by ${escapeMarkdown(cut(by, 100))}`}`,
      state,
      number === null ? inlineCode(remote ?? '') : `pull request ${number}: ${inlineCode(url ?? '')}`,
      sha === null ? '' : inlineCode(sha.slice(0, 12)),
      checks ?? '',
      errorCode === null ? '' : `${escapeMarkdown(errorCode)}: ${escapeMarkdown(cut(errorMessage ?? '', 500))}`,
    ]),
  );
}

/** The report's JSON has more of them. */
const MOST_CHANGED = 50;

function changedFiles({ changes }: Report): string {
  if (changes === null) return 'Git could not compare the branch with its base in time: look at its diff.';
  if (changes.total.files === 0) return '';
  const shown = changes.files.slice(0, MOST_CHANGED);
  const rows = shown.map(({ path, from, status, added, removed }) => [
    `${inlineCode(path)}${from === undefined ? '' : ` from ${inlineCode(from)}`}`,
    status.replace('_', ' '),
    added === null || removed === null ? 'not counted' : `+${added} −${removed}`,
  ]);
  const more = changes.total.files > shown.length ? `\n\nand ${changes.total.files - shown.length} more files` : '';
  return `${changeText(changes.total)} since the base commit, as git has it.\n\n${table(['File', 'What', 'Lines'], rows)}${more}`;
}

function artifactTable({ artifacts }: Report): string {
  return table(
    ['Artifact', 'Phase', 'Attempt', 'Valid', 'sha256', 'Bytes'],
    artifacts.map(({ path, phaseKey, round, attempt, valid, reason, sha256, bytes }) => [
      inlineCode(path),
      `${escapeMarkdown(phaseKey)}${roundText(round)}`,
      String(attempt),
      valid ? 'yes' : `no (${escapeMarkdown(reason ?? '')})`,
      inlineCode(sha256.slice(0, 16)),
      String(bytes),
    ]),
  );
}

function costTable({ totals }: Report): string {
  const { calls, inputTokens, cachedTokens, outputTokens, reasoningTokens, unpricedCalls, budgetUsd, budgetTokens } =
    totals;
  return table(
    ['Model calls', 'Input', 'of it cached', 'Output', 'of it reasoning', 'Cost', 'Budget'],
    [
      [
        unpricedCalls > 0 ? `${calls} (${unpricedCalls} of unknown price)` : String(calls),
        String(inputTokens),
        String(cachedTokens),
        String(outputTokens),
        String(reasoningTokens),
        costText(totals),
        [
          ...(budgetUsd === null ? [] : [`$${budgetUsd}`]),
          ...(budgetTokens === null ? [] : [`${budgetTokens} tokens`]),
        ].join(', ') || 'none',
      ],
    ],
  );
}

function costText({ costUsd, unpricedCalls }: Totals): string {
  return formatCost({ costMicroUsd: fromUsd(costUsd ?? 0), unpricedCalls });
}

function eventTable({ events }: Report): string {
  return table(
    ['#', 'Event', 'Phase', 'Time'],
    events.map(({ seq, type, phaseKey, ts }) => [String(seq), inlineCode(type), escapeMarkdown(phaseKey ?? ''), ts]),
  );
}

function section(title: string, body: string): string {
  return body === '' ? '' : `## ${title}\n\n${body}`;
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
