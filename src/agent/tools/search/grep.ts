import { z } from 'zod';
import { offload } from '../../../offload/offload.js';
import { PathRefused, type FoundFile } from '../../../workspace/confined/confined-folder.js';
import { defineTool, ToolRefusal, type ToolContext } from '../agent-tool.js';
import { DeniedEntries } from './denied-entries.js';
import { Findings, KEPT_MATCHES, type GrepOutput } from './findings.js';
import { globRegex } from './glob.js';
import { inTime } from '../in-time.js';
import { matching } from './matching.js';
import { walkInTime, WALK_LIMITS } from './walk-in-time.js';

const MAX_FILE_BYTES = 1024 * 1024;
const MAX_SEARCHED_BYTES = 64 * 1024 * 1024;
/** When there is enough to show, the search goes on only for the total, and only for this long. */
const COUNTING_MS = 3_000;
/** Files that are read before they are searched together. */
const BYTES_AT_ONCE = 1024 * 1024;
/** Number of files whose paths are compared with the glob at once. Each call costs time of its own. */
const BATCH = 500;
const MOST_AROUND = 10;

/** Finds lines in files. */
export const grep = defineTool({
  name: 'grep',
  description: 'Search files for a regular expression (JavaScript).',
  shape: {
    pattern: z.string().min(1).max(500),
    path: z.string().optional(),
    glob: z.string().max(256).optional().describe('such as *.ts'),
    literal: z.boolean().optional().describe('no regular expression'),
    ignoreCase: z.boolean().optional(),
    context: z.coerce.number().optional().describe('lines around'),
    output: z.enum(['lines', 'files', 'counts']).optional(),
  },
  async run({ pattern, path = '.', glob, literal = false, ignoreCase = false, context: around = 0, output }, context) {
    const expression = lineExpression(pattern, literal, ignoreCase);
    const wanted = glob === undefined ? null : globRegex(glob, path);
    const lines = Math.min(MOST_AROUND, Math.max(0, Math.trunc(around)));
    const search = new Search(expression, lines, context);
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
    return search.report(complete, output ?? 'lines');
  },
});

class Search {
  readonly denied = new DeniedEntries();
  private readonly findings = new Findings();
  private readonly began = performance.now();
  private waiting: { path: string; bytes: Buffer }[] = [];
  private waitingBytes = 0;
  private searchedBytes = 0;
  private skipped = 0;
  private ended = false;

  constructor(
    private readonly expression: RegExp,
    private readonly around: number,
    private readonly context: ToolContext,
  ) {}

  /** Whether nothing more is searched. */
  get full(): boolean {
    const ms = this.findings.isEnough ? COUNTING_MS : WALK_LIMITS.ms;
    this.ended ||= this.searchedBytes >= MAX_SEARCHED_BYTES || performance.now() > this.began + ms;
    return this.ended;
  }

  async files(files: readonly FoundFile[]): Promise<void> {
    for (const { path, size } of files) {
      this.context.signal.throwIfAborted();
      if (this.full) break;
      const bytes = size > MAX_FILE_BYTES ? null : await this.read(path);
      if (bytes === null) this.skipped += 1;
      if (bytes === null || bytes === 'denied') continue;
      this.searchedBytes += size;
      this.waiting.push({ path, bytes });
      this.waitingBytes += bytes.length;
      if (this.waitingBytes >= BYTES_AT_ONCE) await this.search();
    }
    await this.search();
  }

  private async search(): Promise<void> {
    const files = this.waiting;
    [this.waiting, this.waitingBytes] = [[], 0];
    if (files.length === 0) return;
    const kept = { matches: this.findings.isEnough ? 1 : KEPT_MATCHES, around: this.around };
    const { found, skipped } = await inTime('the pattern', offload('searchTexts', this.expression, files, kept));
    this.findings.add(found);
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

  report(complete: boolean, output: GrepOutput): string {
    const isWhole = complete && !this.ended;
    const notes = [
      isWhole ? '' : '[not everything was searched; give a path or a glob]',
      this.skipped > 0 ? `[${this.skipped} files were not searched: binary, or over 1 MiB]` : '',
      this.denied.note('not searched'),
    ];
    return [this.findings.text(output, isWhole), ...notes].filter((part) => part !== '').join('\n');
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
