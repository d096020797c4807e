import { escapeHtml } from '../text/html.js';
import type { Block } from './blocks.js';
import { linesOf } from './spans.js';

/** The page around an artifact has the headings above. */
const FIRST_HEADING = 4;

/**
 * Blocks as HTML without links, images, scripts and styles. Texts keep their lines where the page's style says
 * `white-space: pre-wrap` for `.text`, and each goes in the direction of its own writing.
 *
 * @param blocks - of an artifact
 */
export function writeHtml(blocks: readonly Block[]): string {
  return blocks.map(block).join('\n');
}

function block(part: Block): string {
  switch (part.kind) {
    case 'verdict':
      return `<p class="verdict" dir="auto">${escapeHtml(part.name)}: <b>${escapeHtml(part.value)}</b></p>`;
    case 'heading': {
      const level = Math.min(6, FIRST_HEADING + part.depth);
      return `<h${level} dir="auto">${escapeHtml(part.text)}</h${level}>`;
    }
    case 'text':
      return `<p class="text" dir="auto">${proseHtml(part.text)}</p>`;
    case 'field':
      return `<p class="text" dir="auto"><b>${escapeHtml(part.label)}:</b> ${proseHtml(part.text)}</p>`;
    case 'list':
      return `<ul>${part.items.map((item) => `<li>${writeHtml(item)}</li>`).join('')}</ul>`;
    case 'table':
      return `<div class="wide"><table><tr>${cells(part.head, 'th')}</tr>${part.rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('')}</table></div>`;
    case 'note':
      return `<p class="note">${escapeHtml(part.text)}</p>`;
  }
}

function cells(texts: readonly string[], tag: 'th' | 'td'): string {
  return texts.map((cell) => `<${tag} dir="auto">${proseHtml(cell)}</${tag}>`).join('');
}

/**
 * A text as words and code, its lines as lines.
 *
 * @param value - as an agent or a person wrote it
 */
export function proseHtml(value: string): string {
  const line = (spans: ReturnType<typeof linesOf>[number]): string =>
    spans.map((span) => (span.code ? `<code>${escapeHtml(span.text)}</code>` : escapeHtml(span.text))).join('');
  return linesOf(value).map(line).join('\n').trim();
}
