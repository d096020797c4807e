import type { Block } from './blocks.js';
import { linesOf } from './spans.js';

/** Marks the parts of a text for a terminal: headings and labels. Without a terminal it gives them as they are. */
export type Mark = (what: 'heading' | 'label' | 'note', text: string) => string;

const INDENT = '  ';
const LEAST_WIDTH = 30;

/**
 * Blocks as plain text for a terminal. Characters that control a terminal are left out.
 *
 * @param width - columns of a line; longer ones are broken between words
 */
export function writeText(blocks: readonly Block[], width: number, mark: Mark): string {
  return blocks
    .map((block) => textOf(block, Math.max(width, LEAST_WIDTH), mark))
    .filter((text) => text !== '')
    .join('\n');
}

function textOf(block: Block, width: number, mark: Mark): string {
  switch (block.kind) {
    case 'verdict':
      return mark('heading', `${plain(block.name)}: ${plain(block.value)}`);
    case 'heading':
      return `\n${mark('heading', plain(block.text))}`;
    case 'text':
      return wrapped(block.text, width);
    case 'field':
      return labelled(block, width, mark);
    case 'list':
      return block.items.map((item) => indented(writeText(item, width - 2, mark), '- ')).join('\n');
    case 'table':
      return block.rows
        .map((row) => row.map((cell, at) => labelled({ label: block.head[at] ?? '', text: cell }, width - 2, mark)))
        .map((cells) => indented(cells.join('\n'), '- '))
        .join('\n');
    case 'note':
      return mark('note', plain(block.text));
  }
}

function labelled({ label, text }: { label: string; text: string }, width: number, mark: Mark): string {
  const name = plain(label);
  const [first = '', ...more] = wrapped(`${name}: ${text}`, width).split('\n');
  const marked = first.startsWith(`${name}:`) ? `${mark('label', `${name}:`)}${first.slice(name.length + 1)}` : first;
  return [marked, ...more.map((line) => `${INDENT}${line}`)].join('\n');
}

function indented(text: string, first: string): string {
  return text
    .replace(/^\n+/, '')
    .split('\n')
    .map((line, at) => (at === 0 ? `${first}${line}` : line === '' ? '' : `${INDENT}${line}`))
    .join('\n');
}

/** Lines of words, each as long as the width allows. A word that is longer stays whole. */
function wrapped(text: string, width: number): string {
  return linesOf(text)
    .flatMap((spans) => brokenLine(plain(spans.map((span) => span.text).join('')).trimEnd(), width))
    .join('\n');
}

function brokenLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let now = /^ */.exec(line)?.[0] ?? '';
  for (const word of line.split(' ').filter((one) => one !== '')) {
    if (now.trim() !== '' && now.length + 1 + word.length > width) {
      lines.push(now);
      now = word;
    } else now += now.trim() === '' ? word : ` ${word}`;
  }
  return [...lines, now];
}

function plain(text: string): string {
  return text.replace(/\t/g, '  ').replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
}
