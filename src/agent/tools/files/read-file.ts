import { z } from 'zod';
import { offload } from '../../../offload/offload.js';
import { defineTool, refusalOf, ToolRefusal, type ToolContext } from '../agent-tool.js';
import { inTime } from '../in-time.js';
import { readWhole } from './text-file.js';

const DEFAULT_LINES = 500;
const MOST_LINES = 2_000;
/** Most parts of one call. */
const MOST_PARTS = 20;
/** All parts together; below the limit of a tool's answer, so that the cut can name lines. */
const MOST_BYTES = 56 * 1024;

const NUMBER = z.coerce.number().optional();
const PART = z.object({ path: z.string().optional(), offset: NUMBER, limit: NUMBER, column: NUMBER });

type Part = Omit<z.output<typeof PART>, 'path'> & { path: string };

/** Reads lines of text files. */
export const readFile = defineTool({
  name: 'read_file',
  description: 'Read lines of a text file, each with its number and a tab before it.',
  shape: {
    path: z.string(),
    offset: NUMBER.describe('lines to skip'),
    limit: NUMBER.describe(`lines, default ${DEFAULT_LINES}`),
    column: NUMBER.describe('characters of a long line to skip'),
    more: z.array(PART).optional().describe('more files, or parts of the same'),
  },
  async run({ more = [], ...first }, context) {
    const parts = more
      .slice(0, MOST_PARTS - 1)
      .reduce<Part[]>((all, part) => [...all, { ...part, path: part.path ?? all.at(-1)?.path ?? first.path }], [first]);
    if (parts.length === 1) return readPart(first, context, MOST_BYTES);
    const answers: string[] = [];
    let [left, refused] = [MOST_BYTES, 0];
    for (const [n, part] of parts.entries()) {
      const answer = await readPart(part, context, Math.floor(left / (parts.length - n))).catch((error: unknown) => {
        const refusal = refusalOf(error);
        if (refusal === null) throw error;
        refused += 1;
        return `Error: ${refusal}`;
      });
      answers.push(`== ${part.path}`, answer);
      left = Math.max(0, left - Buffer.byteLength(answer));
    }
    const dropped = more.length + 1 - parts.length;
    if (dropped > 0) answers.push(`[${dropped} more were not read: one call reads ${MOST_PARTS}]`);
    const text = answers.join('\n');
    if (refused === parts.length) throw new ToolRefusal(text);
    return text;
  },
});

async function readPart(
  { path, offset = 0, limit = DEFAULT_LINES, column = 0 }: Part,
  context: ToolContext,
  maxBytes: number,
): Promise<string> {
  const file = await readWhole(path, context);
  const asked = {
    offset: clamped(offset, 0, Number.MAX_SAFE_INTEGER),
    limit: clamped(limit, 1, MOST_LINES),
    column: clamped(column, 0, Number.MAX_SAFE_INTEGER),
    maxBytes,
  };
  const page = await inTime('reading', offload('readPage', file.bytes, asked));
  if (page === null) throw new ToolRefusal(`${file.path} is not UTF-8 text (${file.bytes.length} bytes)`);
  return file.note === '' ? page : `${file.note}\n${page}`;
}

function clamped(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, Math.trunc(value)));
}
