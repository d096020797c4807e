import { proseHtml } from '../domain/render/write-html.js';
import { escapeHtml } from '../domain/text/html.js';

/** A text from outside as the words of an element, in the direction of its own writing. */
export function words(text: string): string {
  return `<bdi>${escapeHtml(text)}</bdi>`;
}

/** Sentences from outside, with what their author set between backticks as code. */
export function prose(text: string): string {
  return `<bdi class="text">${proseHtml(text)}</bdi>`;
}

/** A text from outside as code in a line. */
export function code(text: string): string {
  return `<code>${escapeHtml(text)}</code>`;
}

/** A text of several lines, as it is: output, requirements. */
export function block(text: string): string {
  return `<pre dir="auto">${escapeHtml(text)}</pre>`;
}

/**
 * A part that is folded until somebody opens it.
 *
 * @param summary - HTML
 * @param body - HTML
 */
export function folded(summary: string, body: string, isOpen = false): string {
  return `<details${isOpen ? ' open' : ''}><summary>${summary}</summary>\n${body}\n</details>`;
}

/** A table of HTML cells; nothing where it has no rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const titles = head.map((title) => `<th>${title}</th>`).join('');
  const lines = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`);
  return `<div class="wide"><table><tr>${titles}</tr>\n${lines.join('\n')}\n</table></div>`;
}

/** A section with a title; nothing where it has no body. */
export function section(id: string, title: string, body: string): string {
  return body === '' ? '' : `<section id="${id}"><h2>${title}</h2>\n${body}\n</section>`;
}

/**
 * As many parts as fit, in order, and a note where some are left out.
 *
 * @param bytes - the most of all parts, in UTF-8
 * @param left - what is said of the parts that did not fit, as HTML
 */
export function fitting(parts: Iterable<string>, bytes: number, left: (count: number) => string): string {
  const kept: string[] = [];
  let room = bytes;
  let out = 0;
  for (const part of parts) {
    const size = Buffer.byteLength(part);
    if (out === 0 && size <= room) {
      room -= size;
      kept.push(part);
    } else out++;
  }
  return [...kept, ...(out > 0 ? [`<p class="note">${left(out)}</p>`] : [])].join('\n');
}
