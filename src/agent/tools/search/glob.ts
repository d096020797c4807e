import picomatch from 'picomatch';
import { z } from 'zod';
import { defineTool, ToolRefusal } from '../agent-tool.js';
import { matching } from './matching.js';
import { DeniedEntries } from './denied-entries.js';
import { walkInTime } from './walk-in-time.js';

const MAX_MATCHES = 500;
const BATCH = 1_000;

/** Finds files by their path. */
export const glob = defineTool({
  name: 'glob',
  description: 'Find files, such as repo/src/**/*.ts, or *.ts in every folder.',
  shape: {
    pattern: z.string().min(1).max(256),
    path: z.string().optional(),
  },
  async run({ pattern, path = '.' }, context) {
    const regex = globRegex(pattern, path);
    const matches: string[] = [];
    let complete = true;
    const denied = new DeniedEntries();
    const watch = { cutShort: () => (complete = false), denied: denied.add.bind(denied) };
    let batch: string[] = [];
    const matchBatch = async (): Promise<void> => {
      matches.push(...(await matching(regex, batch, (file) => file)));
      batch = [];
    };
    for await (const file of walkInTime(path, context, watch)) {
      if (batch.push(file.path) >= BATCH) await matchBatch();
      if (matches.length >= MAX_MATCHES) break;
    }
    await matchBatch();
    const lines = matches.slice(0, MAX_MATCHES);
    if (matches.length >= MAX_MATCHES) lines.push(`[only the first ${MAX_MATCHES} matches]`);
    else if (!complete) lines.push('[not every file was looked at; give a path]');
    if (lines.length === 0) lines.push('no file matches');
    return [...lines, denied.note('not looked at')].filter((line) => line !== '').join('\n');
  },
});

/**
 * The regular expression of a glob over paths relative to the workspace. A path may also begin in the repository, or in
 * the folder that is searched.
 *
 * @param folder - the folder that is searched
 * @throws ToolRefusal when the pattern can't be understood
 */
export function globRegex(pattern: string, folder = '.'): RegExp {
  const normal = withPlainBrackets(pattern.replace(/^\.?\/+/, ''));
  try {
    // extended globs nest quantifiers, and nobody needs them to find a file
    const sources = beginnings(normal, folder).map(
      (begin) => picomatch.makeRe(`${begin}${normal}`, { dot: true, noextglob: true, strictBrackets: true }).source,
    );
    return new RegExp(sources.map((source) => `(?:${source})`).join('|'));
  } catch (error) {
    throw new ToolRefusal(`the pattern can't be used: ${(error as Error).message}`);
  }
}

function beginnings(pattern: string, folder: string): string[] {
  if (!pattern.includes('/')) return ['**/'];
  const own = folder.replace(/^(\.?\/)+/, '').replace(/\/+$/, '');
  const inFolder = own === '' || own === '.' ? [] : [`${own.replace(/[\\*?[\]{}()!|+@]/g, '\\$&')}/`];
  return [...new Set(['', 'repo/', ...inFolder])];
}

/** Round brackets belong to names, such as `app/(shop)/page.tsx`, unless they have alternatives: `(a|b)`. */
function withPlainBrackets(pattern: string): string {
  return pattern.replace(/\\.|\([^()|]*\|[^()]*\)|[()]/g, (found) =>
    found === '(' || found === ')' ? `\\${found}` : found,
  );
}
