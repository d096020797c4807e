import { cut } from '../failures.js';
import { fromUsd } from '../money/amount.js';
import { formatCost } from '../money/show.js';
import { roundText } from '../rounds/round-copy.js';
import { formatDuration } from '../text/duration.js';
import { escapeMarkdown, inlineCode } from '../text/markdown.js';
import type { ReportStory, ToldDocument } from './report-story.js';
import type { Times } from './time-line.js';
import type { ToldDecision } from './told-decisions.js';

const MAX_REQUIREMENTS = 4_000;
const MAX_COMMENT = 1_000;
const MOST_LISTED = 50;
const MOST_OUTPUTS = 20;
const ACTIONS: Readonly<Record<ToldDecision['action'], string>> = {
  approve: 'approved',
  reject: 'rejected',
  requestChanges: 'requested changes',
  abort: 'aborted',
};

/** A title and its Markdown; a part that is empty is left out. */
export type Part = readonly [title: string, body: string];

/** What comes first of a story: who asked for what, and what people must look at. */
export function openingParts(story: ReportStory): Part[] {
  return [
    ['What was asked', asked(story)],
    ['Look at this', list(standingOut(story))],
    ['What the phases say', list(story.documents.filter(({ isNewest }) => isNewest).map(headline))],
    ['Decisions', list(story.decisions.slice(-MOST_LISTED).map(decisionLine))],
    ['Time and cost', timeAndCost(story)],
  ];
}

/** What comes last of it: what the phases left, what commands printed, who took which role. */
export function closingParts(story: ReportStory): Part[] {
  return [
    ['What the phases left', story.documents.map(documentText).join('\n\n')],
    ['Output of commands', story.outputs.slice(-MOST_OUTPUTS).map(outputText).join('\n\n')],
    ['Personas', personaTable(story)],
  ];
}

/** How the time of a run, or of a phase, divides, in words. */
export function timesText({ agentsMs, checksMs, peopleMs, heldMs }: Times): string {
  return [
    `agents ${formatDuration(agentsMs)}`,
    ...(checksMs > 0 ? [`checks ${formatDuration(checksMs)}`] : []),
    ...(peopleMs > 0 ? [`waiting for people ${formatDuration(peopleMs)}`] : []),
    ...(heldMs > 0 ? [`paused or parked ${formatDuration(heldMs)}`] : []),
  ].join(', ');
}

function asked({ requirements, startedBy }: ReportStory): string {
  const text = requirements === null ? '' : quoted(cut(requirements.trim(), MAX_REQUIREMENTS));
  const by = startedBy === null ? '' : `Asked by ${escapeMarkdown(cut(startedBy, 200))} (as claimed).`;
  return [text, by].filter((part) => part !== '').join('\n\n');
}

function quoted(text: string): string {
  return text
    .split(/\r\n|[\n\r]/)
    .map((line) => `> ${escapeMarkdown(line)}`)
    .join('\n');
}

function standingOut({ protectedFiles, unnamedFiles }: ReportStory): string[] {
  return [
    ...protectedFiles.slice(0, MOST_LISTED).map((path) => `${inlineCode(path)} is protected, and the run changed it`),
    ...unnamedFiles.slice(0, MOST_LISTED).map((path) => `${inlineCode(path)} changed, and no artifact names it`),
  ];
}

function headline({ phaseKey, headline: { verdict, summary } }: ToldDocument): string {
  if (verdict === null && summary === null) return '';
  return [
    `**${escapeMarkdown(phaseKey)}**`,
    ...(verdict === null ? [] : [`**${escapeMarkdown(cut(verdict.value, 100))}**`]),
    ...(summary === null ? [] : [escapeMarkdown(cut(summary, 500))]),
  ].join(' ');
}

function decisionLine({ by, action, phaseKey, gate, round, at, via, why, comment }: ToldDecision): string {
  const who = by === null ? 'somebody' : escapeMarkdown(cut(by, 200));
  const how = via === null ? '' : `, by ${escapeMarkdown(via)}`;
  const said = comment === null ? '' : `: “${escapeMarkdown(cut(comment, MAX_COMMENT))}”`;
  const lost = why === null ? '' : ` (counts no more: ${why})`;
  return `${who} **${ACTIONS[action]}** at ${inlineCode(`${phaseKey}/${gate}`)}${roundText(round)}, ${at}${how}${lost}${said}`;
}

function timeAndCost({ times, phases }: ReportStory): string {
  const rows = phases.map(({ key, model, calls, costUsd, unpricedCalls, ...of }) => [
    escapeMarkdown(key),
    model === null ? '' : inlineCode(model),
    String(calls),
    calls === 0 ? '' : formatCost({ costMicroUsd: fromUsd(costUsd), unpricedCalls }),
    formatDuration(of.agentsMs),
    of.checksMs > 0 ? formatDuration(of.checksMs) : '',
    of.peopleMs > 0 ? formatDuration(of.peopleMs) : '',
  ]);
  const head = ['Phase', 'Model', 'Calls', 'Cost', 'Agent', 'Checks', 'Waited for people'];
  return [`In all: ${timesText(times)}.`, table(head, rows)].filter((part) => part !== '').join('\n\n');
}

function documentText({ phaseKey, round, path, sha256, markdown, cut: isCut }: ToldDocument): string {
  const title = `### ${escapeMarkdown(phaseKey)}${roundText(round)}`;
  const where = `${inlineCode(path)} (sha256 ${inlineCode(sha256.slice(0, 16))})${isCut ? ': the file says more' : ''}`;
  return [title, where, markdown].filter((part) => part !== '').join('\n\n');
}

function outputText({ phaseKey, round, name, command, outcome, tail }: ReportStory['outputs'][number]): string {
  const title = `**${escapeMarkdown(cut(name, 100))}** ${outcome.replace('_', ' ')}, phase ${escapeMarkdown(phaseKey)}${roundText(round)}: ${inlineCode(cut(command, 200))}`;
  return tail.trim() === '' ? title : `${title}\n\n${fenced(tail)}`;
}

/** A text as a block of code; the fence is longer than any in it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g, '')}\n${fence}`;
}

function personaTable({ personas }: ReportStory): string {
  return table(
    ['Role', 'Persona', 'Model', 'Persona sha256', 'Binding sha256'],
    personas.map(({ role, persona, personaVersion, backend, model, personaHash, bindingHash }) => [
      escapeMarkdown(role),
      inlineCode(`${persona}@${personaVersion}`),
      inlineCode(`${backend}/${model}`),
      inlineCode(personaHash.slice(0, 16)),
      inlineCode(bindingHash.slice(0, 16)),
    ]),
  );
}

function list(items: readonly string[]): string {
  return items
    .filter((item) => item !== '')
    .map((item) => `- ${item}`)
    .join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
