import { cut } from '../domain/failures.js';
import { escapeMarkdown, inlineCode } from '../domain/markdown.js';
import type { RunInput } from '../domain/run-input.js';

/**
 * What Temporal Web and `temporal workflow list` show of a run that has only been asked for; no requirements, they may be secret.
 *
 * @param input - as a person gave it, not yet checked
 * @returns the summary (one line, at most 200 characters) and the details (Markdown) of a workflow start
 */
export function describeInput({ template, objective, repoPath, baseBranch, startedBy }: RunInput): { staticSummary: string; staticDetails: string } {
  const title = objective ?? String(repoPath).split('/').findLast((part) => part !== '') ?? '';
  const rows = [
    ['Template', inlineCode(String(template))],
    ['Objective', objective && escapeMarkdown(cut(objective, 500))],
    ['Repository', inlineCode(cut(String(repoPath), 500))],
    ['Base branch', baseBranch && inlineCode(baseBranch)],
    ['Started by (as claimed)', startedBy && escapeMarkdown(cut(startedBy, 100))],
  ];
  return {
    staticSummary: `${escapeMarkdown(cut(String(template), 60))} · ${escapeMarkdown(cut(title, 90))}`,
    staticDetails: rows.filter(([, value]) => value).map(([name, value]) => `- ${name}: ${value}`).join('\n'),
  };
}
