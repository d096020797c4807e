import { changeText, type ChangedFile } from '../domain/change/changes.js';
import { parsePatch, type FilePatch } from '../domain/change/parse-patch.js';
import { cut } from '../domain/failures.js';
import { escapeHtml } from '../domain/text/html.js';
import type { PageFacts } from './page-facts.js';
import { code, fitting, folded, table } from './html.js';

/** Of one file, and of one line: generated files would leave no room for the others. */
const MOST_LINES = 1_500;
const MAX_LINE = 1_000;
/** Files with more lines are folded, and so are all when there are many. */
const LINES_SHOWN_OPEN = 200;
const FILES_SHOWN_OPEN = 12;
const DIFF_BYTES = 900_000;
const MOST_FILES = 200;

/** Each file that changed, and what about it a reader should look at. */
export function changedFiles({ report }: PageFacts): string {
  const { changes, story } = report;
  if (changes === null) return '<p>Git could not compare the branch with its base in time: look at its diff.</p>';
  if (changes.total.files === 0) return '<p>No file changed.</p>';
  const unnamed = new Set(story?.unnamedFiles);
  const isProtected = new Set(story?.protectedFiles);
  const rows = changes.files
    .slice(0, MOST_FILES)
    .map((file) => [
      `${code(file.path)}${file.from === undefined ? '' : ` from ${code(file.from)}`}`,
      file.status.replace('_', ' '),
      countOf(file),
      [
        ...(isProtected.has(file.path) ? ['<span class="bad">protected</span>'] : []),
        ...(unnamed.has(file.path) ? ['<span class="warn">no artifact names it</span>'] : []),
      ].join(' '),
    ]);
  const more = changes.total.files - rows.length;
  return `<p>${changeText(changes.total)} since the base commit, as git has it.</p>${table(['File', 'What', 'Lines', ''], rows)}${more > 0 ? `<p class="note">${more} more files are left out here.</p>` : ''}`;
}

function countOf({ added, removed }: ChangedFile): string {
  return added === null || removed === null ? 'not counted' : `+${added} −${removed}`;
}

/** The whole diff, file by file, as far as it fits. */
export function diff({ patch, report }: PageFacts): string {
  if (report.changes?.total.files === 0) return '';
  if (patch === null) return '<p class="note">The diff could not be read where this page was made.</p>';
  const files = parsePatch(patch.text);
  if (files.length === 0) return '';
  const isOpen = files.length <= FILES_SHOWN_OPEN;
  const { baseCommit, branch } = report.repository;
  const command = code(`git diff ${baseCommit?.slice(0, 12) ?? ''} ${branch ?? ''}`);
  const parts = (function* () {
    for (const file of files) yield filePatch(file, isOpen);
  })();
  const shown = fitting(parts, DIFF_BYTES, (left) => `${left} more files are left out here. All of it: ${command}`);
  return `<p class="soft">The same in a terminal: ${command}</p>\n${shown}${patch.cut ? `<p class="note">The diff is longer than is shown here. All of it: ${command}</p>` : ''}`;
}

function filePatch({ path, notes, hunks, added, removed }: FilePatch, mayOpen: boolean): string {
  const lines: string[] = [];
  for (const { head, lines: all } of hunks) {
    lines.push(`<b>${escapeHtml(cut(head, MAX_LINE))}</b>`);
    for (const { mark, text } of all) {
      if (lines.length >= MOST_LINES) break;
      const shown = `${mark}${escapeHtml(cut(text, MAX_LINE))}`;
      lines.push(mark === '+' ? `<ins>${shown}</ins>` : mark === '-' ? `<del>${shown}</del>` : `<span>${shown}</span>`);
    }
    if (lines.length >= MOST_LINES) break;
  }
  const total = hunks.reduce((sum, hunk) => sum + hunk.lines.length + 1, 0);
  const isOpen = mayOpen && total <= LINES_SHOWN_OPEN;
  const left = total > lines.length ? `<p class="note">${total - lines.length} more lines are left out here.</p>` : '';
  const said = notes.map((note) => `<p class="soft">${escapeHtml(cut(note, MAX_LINE))}</p>`).join('');
  return folded(
    `${code(path)} +${added} −${removed}`,
    `${said}${lines.length === 0 ? '' : `<pre class="diff">${lines.join('')}</pre>`}${left}`,
    isOpen,
  );
}
