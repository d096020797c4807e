import { z } from 'zod';
import type { Entry } from '../../../workspace/confined/confined-folder.js';
import { PathRefused } from '../../../workspace/confined/confined-folder.js';
import { defineTool, type ToolContext } from '../agent-tool.js';
import { takenNote } from '../files/text-file.js';

const LIMIT = 500;
const MOST_DEPTH = 8;
/** Folders that a list shows and does not enter. */
const NOT_ENTERED: ReadonlySet<string> = new Set(['.git', 'node_modules']);

/** Lists a folder. */
export const ls = defineTool({
  name: 'ls',
  description: 'List a folder. Folders end in /, links in @; files have their bytes.',
  shape: {
    path: z.string().optional(),
    depth: z.coerce.number().optional().describe('levels, default 1'),
  },
  async run({ path = '.', depth = 1 }, context) {
    const top = await listed(path, LIMIT, context);
    const all = await below(top, Math.min(MOST_DEPTH, Math.trunc(depth)), context);
    const lines = linesOf(top, all, '');
    const note = takenNote(path, top.path);
    return [...(note === '' ? [] : [note]), ...lines].join('\n') || '(empty)';
  },
});

/** A folder with some of its entries; `problem` when it could not be read. */
interface Listed {
  path: string;
  entries: Entry[];
  truncated: boolean;
  problem?: string;
}

async function listed(path: string, limit: number, { folder, signal }: ToolContext): Promise<Listed> {
  signal.throwIfAborted();
  return folder.list(path, { limit });
}

/** The folders below one, by their path, level by level until there are enough entries. */
async function below(top: Listed, depth: number, context: ToolContext): Promise<Map<string, Listed>> {
  const all = new Map<string, Listed>();
  let left = LIMIT - top.entries.length;
  let level = [top];
  for (let n = 1; n < depth && level.length > 0; n++) {
    const next: Listed[] = [];
    for (const path of level.flatMap(foldersOf)) {
      if (left <= 0) return all;
      const found = await listed(path, left, context).catch((error: unknown): Listed => {
        if (error instanceof PathRefused) return { path, entries: [], truncated: false, problem: error.message };
        throw error;
      });
      left -= found.entries.length;
      all.set(path, found);
      next.push(found);
    }
    level = next;
  }
  return all;
}

function foldersOf({ path, entries }: Listed): string[] {
  return entries
    .filter(({ name, kind }) => kind === 'directory' && !NOT_ENTERED.has(name))
    .map(({ name }) => pathOf(path, name));
}

function pathOf(folder: string, name: string): string {
  return folder === '.' ? name : `${folder}/${name}`;
}

/** @param all - the folders that were entered, by their path */
function linesOf({ path, entries, truncated, problem }: Listed, all: Map<string, Listed>, indent: string): string[] {
  const lines = entries.flatMap((entry) => {
    const inner = entry.kind === 'directory' ? all.get(pathOf(path, entry.name)) : undefined;
    return [`${indent}${lineOf(entry)}`, ...(inner ? linesOf(inner, all, `${indent}  `) : [])];
  });
  if (problem !== undefined) lines.push(`${indent}[${problem}]`);
  if (truncated) lines.push(`${indent}[only the first ${entries.length} entries; use glob to find more]`);
  return lines;
}

function lineOf({ name, kind, size }: Entry): string {
  if (kind === 'directory') return `${name}/`;
  if (kind === 'symlink') return `${name}@`;
  return kind === 'file' ? `${name}  ${size ?? '?'}` : `${name}  (not a regular file)`;
}
