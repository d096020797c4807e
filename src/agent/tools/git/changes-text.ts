import { changedFileText, changeText, type Changes } from '../../../domain/change/changes.js';

const MOST_LISTED = 100;

/** The files that differ, one a line, with how much it is in all. */
export function changesText({ files, total }: Changes): string {
  const lines = files.slice(0, MOST_LISTED).map((file) => `  ${changedFileText(file)}`);
  const more = total.files > lines.length ? [`  and ${total.files - lines.length} more`] : [];
  return [`${changeText(total)}${total.files > 0 ? ':' : ''}`, ...lines, ...more].join('\n');
}
