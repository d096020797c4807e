import { escapeMarkdown, inlineCode } from '../text/markdown.js';
import type { Block } from './blocks.js';
import { linesOf, type Span } from './spans.js';

/** The heading of the outermost sections: the page around them has its own above. */
const FIRST_HEADING = 4;
const MAX_INDENT = 12;
const NO_BREAK = '\u00A0';

/**
 * Blocks as Markdown of GitHub's kind. Nothing of their texts is live in it.
 *
 * @param blocks - of an artifact
 */
export function writeMarkdown(blocks: readonly Block[]): string {
  return blocks
    .map(block)
    .filter((text) => text !== '')
    .join('\n\n');
}

function block(part: Block): string {
  switch (part.kind) {
    case 'verdict':
      return `**${words(part.name)}: ${words(part.value)}**`;
    case 'heading':
      return `${'#'.repeat(Math.min(6, FIRST_HEADING + part.depth))} ${words(part.text)}`;
    case 'text':
      return lines(part.text);
    case 'field':
      return `**${words(part.label)}:** ${lines(part.text)}`.trimEnd();
    case 'list':
      return part.items.map(item).join('\n');
    case 'table':
      return [part.head, part.head.map(() => '---'), ...part.rows].map(row).join('\n');
    case 'note':
      return `*${words(part.text)}*`;
  }
}

function item(blocks: readonly Block[]): string {
  const text = writeMarkdown(blocks);
  return `- ${text === '' ? '—' : text.replace(/\n(?=.)/g, '\n  ')}`;
}

function row(cells: readonly string[], index: number): string {
  return `| ${cells.map((cell) => (index === 1 ? cell : linesOf(cell).map(line).join(' '))).join(' | ')} |`;
}

/** Each line of a text is a line, and an empty one is a new paragraph. */
function lines(text: string): string {
  return linesOf(text)
    .map(line)
    .join('\\\n')
    .replace(/(?:\\\n){2,}/g, '\n\n')
    .replace(/^(?:\\?\n)+|(?:\\?\n)+$/g, '');
}

function line(spans: readonly Span[]): string {
  const indent = /^[ \t]*/.exec(spans[0]?.text ?? '')?.[0].replaceAll('\t', '  ').length ?? 0;
  return NO_BREAK.repeat(Math.min(indent, MAX_INDENT)) + spans.map(span).join('');
}

/** Spaces beside code stay, which escaping takes away. */
function span({ code, text }: Span): string {
  if (code) return inlineCode(text);
  const space = (isThere: boolean): string => (isThere ? ' ' : '');
  return `${space(/^\s/.test(text))}${words(text)}${space(/\s$/.test(text))}`;
}

function words(text: string): string {
  return escapeMarkdown(text);
}
