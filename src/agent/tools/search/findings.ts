import type { FoundInFile } from '../../../offload/search-texts.js';

/** What a search gives: lines, or the files that have some, or how many each of them has. */
export type GrepOutput = 'lines' | 'files' | 'counts';

/** Most matches that are kept of one file. */
export const KEPT_MATCHES = 200;
/** Most matches of an answer. */
const MOST_MATCHES = 200;
const MOST_FILES = 500;
/** Most bytes of the lines of an answer, below the limit of a tool's answer. */
const MOST_BYTES = 48 * 1024;
/** Most files whose lines are kept; of the others only the number counts. */
const KEPT_FILES = 2_000;
/** Most matches that are kept of all files: after that, one of each. */
const ENOUGH = 4_000;

/** Files that were made or brought by others. What they have is shown last. */
const LESS_WANTED =
  /(?:^|\/)(?:node_modules|vendor|third_party|dist|build|out|target|coverage|\.git|\.venv|__pycache__|checks)\/|(?:\.min\.\w+|\.map|\.lock|\.snap|-lock\.\w+|\.sum)$/;

/** The matches of a search, and which of them are shown. */
export class Findings {
  readonly #files: FoundInFile[] = [];
  #kept = 0;
  #matches = 0;
  #inFiles = 0;

  /** Whether so much is kept that more is found only to be counted. */
  get isEnough(): boolean {
    return this.#kept >= ENOUGH;
  }

  add(found: readonly FoundInFile[]): void {
    for (const file of found) {
      this.#matches += file.count;
      this.#inFiles += 1;
      if (this.#files.length >= KEPT_FILES) continue;
      this.#files.push(file);
      this.#kept += file.matches.length;
    }
  }

  /** The answer for the model. @param isWhole - whether everything was searched */
  text(output: GrepOutput, isWhole: boolean): string {
    if (this.#matches === 0) return 'no line matches';
    const files = [...this.#files.filter(isWanted), ...this.#files.filter((file) => !isWanted(file))];
    const all = `${isWhole ? '' : 'at least '}${this.#matches} matches in ${this.#inFiles} files`;
    if (output === 'lines') return linesOf(files, this.#matches, all);
    const listed = files
      .slice(0, MOST_FILES)
      .map(({ path, count }) => (output === 'files' ? path : `${path}: ${count}`));
    const isCut = listed.length < this.#inFiles;
    if (output === 'counts' || isCut) listed.push(`[${isCut ? `${listed.length} of the files; ` : ''}${all}]`);
    return listed.join('\n');
  }
}

function isWanted({ path }: FoundInFile): boolean {
  return !LESS_WANTED.test(path);
}

/** When there are too many matches, each file shows some, so that one full of them does not hide the others. */
function linesOf(files: readonly FoundInFile[], total: number, all: string): string {
  const quota = quotas(files);
  const lines: string[] = [];
  let [left, shown] = [MOST_BYTES, 0];
  for (const [n, { matches }] of files.entries()) {
    for (const match of matches.slice(0, quota[n])) {
      left -= match.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
      if (left < 0 && shown > 0) break;
      if (shown > 0 && match.length > 1) lines.push('--');
      lines.push(...match);
      shown += 1;
    }
    if (left < 0) break;
  }
  if (shown < total)
    lines.push(`[${shown} of ${all}; give a path or a glob, or take output "counts" to see where they are]`);
  return lines.join('\n');
}

/** How many matches of each file are shown: the same number of each, as far as it has them. */
function quotas(files: readonly FoundInFile[]): number[] {
  const quota = files.map(() => 0);
  let left = MOST_MATCHES;
  for (let round = 0; left > 0; round++) {
    let given = 0;
    for (const [n, { matches }] of files.entries()) {
      if (left === 0) break;
      if (matches.length <= round) continue;
      quota[n] = round + 1;
      left -= 1;
      given += 1;
    }
    if (given === 0) break;
  }
  return quota;
}
