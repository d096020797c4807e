/** A line of a hunk, without its mark and its line end. */
export interface PatchLine {
  /** ` ` stays, `+` is new, `-` is gone, `\` is git's own remark. */
  mark: ' ' | '+' | '-' | '\\';
  text: string;
}

/** A file in a patch. */
export interface FilePatch {
  /** As git writes it: a name that is not plain stands in quotes. */
  path: string;
  /** What git says before the lines: modes, renames, that it is binary. */
  notes: string[];
  hunks: { head: string; lines: PatchLine[] }[];
  added: number;
  removed: number;
}

const FILE = 'diff --git ';
const HUNK = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;
/** Notes that say nothing to a reader. */
const SILENT = /^(?:index |--- |\+\+\+ |similarity index |dissimilarity index )/;

/**
 * Reads what `git diff-tree -p` wrote, in linear time. A hunk has as many lines as its head says, so no line of a file
 * is taken for the begin of another file or hunk, whatever the file says, and a carriage return ends no line. A patch
 * that was cut is read as far as it goes.
 *
 * @param patch - git's output, with `a/` and `b/` before the names
 */
export function parsePatch(patch: string): FilePatch[] {
  const files: FilePatch[] = [];
  const lines = patch.split('\n');
  if (lines.at(-1) === '') lines.pop();
  let hunk: FilePatch['hunks'][number] | null = null;
  let [oldLeft, newLeft] = [0, 0];
  for (const line of lines) {
    const file = files.at(-1);
    const mark = markOf(line);
    const isInside = (oldLeft > 0 || newLeft > 0) && mark !== null;
    if (file && hunk && mark !== null && (isInside || mark === '\\')) {
      hunk.lines.push({ mark, text: line.slice(1) });
      if (mark === '+') file.added++;
      if (mark === '-') file.removed++;
      if (mark === ' ' || mark === '-') oldLeft--;
      if (mark === ' ' || mark === '+') newLeft--;
      continue;
    }
    const head = HUNK.exec(line);
    if (line.startsWith(FILE)) {
      hunk = null;
      files.push({ path: pathOf(line), notes: [], hunks: [], added: 0, removed: 0 });
    } else if (file && head) {
      hunk = { head: line, lines: [] };
      file.hunks.push(hunk);
      [oldLeft, newLeft] = [Number(head[1] ?? 1), Number(head[2] ?? 1)];
    } else if (file && !SILENT.test(line)) file.notes.push(line);
    if (file && !head) file.path = namedPath(line) ?? file.path;
  }
  return files;
}

function markOf(line: string): PatchLine['mark'] | null {
  const mark = line.charAt(0);
  return mark === ' ' || mark === '+' || mark === '-' || mark === '\\' ? mark : null;
}

/** Where both names are equal. Git tells them one by one where they are not, or where there are lines. */
function pathOf(line: string): string {
  const names = line.slice(FILE.length);
  const half = names.slice(0, Math.floor((names.length - 1) / 2));
  return withoutSide(half);
}

function namedPath(line: string): string | null {
  if (line.startsWith('rename to ')) return line.slice('rename to '.length);
  const name = /^(?:---|\+\+\+) (.+?)\t?$/.exec(line)?.[1];
  return name === undefined || name === '/dev/null' ? null : withoutSide(name);
}

/** A name without the `a/` or `b/` before it. */
function withoutSide(name: string): string {
  return name.startsWith('"') ? `"${name.slice(3)}` : name.slice(2);
}
