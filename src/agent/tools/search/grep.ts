import { z } from 'zod';
import { offload } from '../../../offload/offload.js';
import { PathRefused, type FoundFile } from '../../../workspace/confined/confined-folder.js';
import { defineTool, ToolRefusal, type ToolContext } from '../agent-tool.js';
import { DeniedEntries } from './denied-entries.js';
import { globRegex } from './glob.js';
import { inTime } from '../in-time.js';
import { matching } from './matching.js';
import { walkInTime, WALK_LIMITS } from './walk-in-time.js';

const MAX_MATCHES = 200;
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_SEARCHED_BYTES = 64 * 1024 * 1024;
/** Files that are read before they are searched together. */
const BYTES_AT_ONCE = 1024 * 1024;
/** Number of files whose paths are compared with the glob at once. Each call costs time of its own. */
const BATCH = 500;
const NOT_ALL = '[not everything was searched; give a path or a glob]';

/** Finds lines in files. */
export const grep = defineTool({
  name: 'grep',
  description: 'Search the text of files for a regular expression (JavaScript). Gives path:line: text.',
  shape: {
    pattern: z.string().min(1).max(500).describe('regular expression, or the text itself with literal'),
    path: z.string().optional().describe('folder to search below; default: the workspace'),
    glob: z.string().max(256).optional().describe('search only files that match, such as *.ts'),
    literal: z.boolean().optional().describe('take the pattern as plain text, default false'),
    ignoreCase: z.boolean().optional().describe('default false'),
  },
  async run({ pattern, path = '.', glob, literal = false, ignoreCase = false }, context) {
    const expression = lineExpression(pattern, literal, ignoreCase);
    const wanted = glob === undefined ? null : globRegex(glob);
    const search = new Search(expression, context);
    let complete = true;
    const watch = { cutShort: () => (complete = false), denied: search.denied.add.bind(search.denied) };
    let batch: FoundFile[] = [];
    for await (const file of walkInTime(path, context, watch)) {
      if (batch.push(file) < BATCH) continue;
      await search.files(wanted ? await matching(wanted, batch, ({ path }) => path) : batch);
      batch = [];
      if (search.full) break;
    }
    await search.files(wanted ? await matching(wanted, batch, ({ path }) => path) : batch);
    return search.report(complete);
  },
});

class Search {
  readonly denied = new DeniedEntries();
  private readonly lines: string[] = [];
  private readonly until = performance.now() + WALK_LIMITS.ms;
  private waiting: { path: string; bytes: Buffer }[] = [];
  private waitingBytes = 0;
  private searchedBytes = 0;
  private skipped = 0;
  private limit = '';

  constructor(
    private readonly expression: RegExp,
    private readonly context: ToolContext,
  ) {}

  get full(): boolean {
    if (this.lines.length >= MAX_MATCHES) this.limit = `[only the first ${MAX_MATCHES} matches]`;
    else if (this.searchedBytes >= MAX_SEARCHED_BYTES || performance.now() > this.until) this.limit = NOT_ALL;
    return this.limit !== '';
  }

  async files(files: readonly FoundFile[]): Promise<void> {
    for (const { path, size } of files) {
      this.context.signal.throwIfAborted();
      const bytes = size > MAX_FILE_BYTES ? null : await this.read(path);
      if (bytes === null) this.skipped += 1;
      if (bytes === null || bytes === 'denied') continue;
      this.searchedBytes += size;
      this.waiting.push({ path, bytes });
      this.waitingBytes += bytes.length;
      if (this.waitingBytes >= BYTES_AT_ONCE) await this.search();
      if (this.full) break;
    }
    await this.search();
  }

  private async search(): Promise<void> {
    const files = this.waiting;
    [this.waiting, this.waitingBytes] = [[], 0];
    if (files.length === 0) return;
    const { lines, skipped } = await inTime(
      'the pattern',
      offload('searchTexts', this.expression, files, MAX_MATCHES - this.lines.length),
    );
    this.lines.push(...lines);
    this.skipped += skipped;
  }

  /** A file may be gone or not be readable. The others are still searched. */
  private async read(path: string): Promise<Buffer | 'denied'> {
    try {
      return (await this.context.folder.read(path, { maxBytes: MAX_FILE_BYTES })).bytes;
    } catch (error) {
      if (!(error instanceof PathRefused)) throw error;
      if (error.reason !== 'missing') this.denied.add(error);
      return 'denied';
    }
  }

  report(complete: boolean): string {
    const limit = this.full ? this.limit : '';
    const notes = [
      limit || (complete ? '' : NOT_ALL),
      this.skipped > 0 ? `[${this.skipped} files were not searched: binary, or over 1 MiB]` : '',
      this.denied.note('not searched'),
    ];
    return [this.lines.join('\n') || 'no line matches', ...notes].filter((part) => part !== '').join('\n');
  }
}

function lineExpression(pattern: string, literal: boolean, ignoreCase: boolean): RegExp {
  const source = literal ? pattern.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&') : pattern;
  try {
    return new RegExp(source, ignoreCase ? 'i' : '');
  } catch (error) {
    throw new ToolRefusal(
      `the pattern is not a regular expression: ${(error as Error).message}; set literal to search for it as text`,
    );
  }
}
