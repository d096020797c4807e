import { cut } from '../../domain/failures.js';
import { escapeMarkdown, inlineCode } from '../../domain/text/markdown.js';
import type { RunInput } from '../../domain/run-input.js';

/** Temporal refuses to start a workflow with a longer summary. */
const MAX_SUMMARY_BYTES = 400;

/**
 * What Temporal Web and `temporal workflow list` show of a run that has only been asked for. The requirements are not
 * shown, because they may be secret.
 *
 * @param input - as a person gave it, not yet checked
 * @returns the summary (one line, at most 400 bytes) and the details (Markdown) of a workflow start
 */
export function describeInput({ template, objective, repoPath, baseBranch, startedBy }: RunInput): {
  staticSummary: string;
  staticDetails: string;
} {
  const title =
    objective ??
    String(repoPath)
      .split('/')
      .findLast((part) => part !== '') ??
    '';
  const rows = [
    ['Template', inlineCode(String(template))],
    ['Objective', objective && escapeMarkdown(cut(objective, 500))],
    ['Repository', inlineCode(cut(String(repoPath), 500))],
    ['Base branch', baseBranch && inlineCode(baseBranch)],
    ['Started by (as claimed)', startedBy && escapeMarkdown(cut(startedBy, 100))],
  ];
  return {
    staticSummary: summary(String(template), title),
    staticDetails: rows
      .filter(([, value]) => value)
      .map(([name, value]) => `- ${name}: ${value}`)
      .join('\n'),
  };
}

/** Makes one line. It is shorter where escaping has made it too long. */
function summary(template: string, title: string): string {
  for (let length = 90; ; length -= 10) {
    const text = `${escapeMarkdown(cut(template, Math.min(60, length)))} · ${escapeMarkdown(cut(title, length))}`;
    if (Buffer.byteLength(text) <= MAX_SUMMARY_BYTES) return text;
  }
}
