import { log } from '@temporalio/activity';
import { proposeFile } from '../../domain/check/propose/propose-file.js';
import { commandText } from '../../domain/check/check-text.js';
import { PhasegateError } from '../../domain/failures.js';
import { languagesOf } from '../../domain/prompt/languages.js';
import type { HeadOfFile, RepositoryFacts } from '../../domain/prompt/repository-text.js';
import { decodeText } from '../../domain/text/decode-text.js';
import { readBaseFile, type BaseFile } from '../../workspace/git/base-file.js';
import { readBaseTree } from '../../workspace/git/base-tree.js';

/** The first of these that is a text counts. */
const CONVENTIONS = ['AGENTS.md', 'CLAUDE.md', '.github/copilot-instructions.md'];
const READMES = ['README.md', 'Readme.md', 'readme.md', 'README', 'README.rst', 'README.txt', 'README.adoc'];
/** Files from which commands are proposed. */
const BUILDS = [
  'package.json',
  'Makefile',
  'GNUmakefile',
  'makefile',
  'pyproject.toml',
  'requirements.txt',
  'setup.cfg',
  'tox.ini',
];

const MOST_CONVENTIONS = 16 * 1024;
const MOST_README = 2 * 1024;
/** A larger file is not read. */
const MAX_FILE_BYTES = 256 * 1024;
const MOST_COMMANDS = 8;

/** A commit does not change: each worker looks at it once. */
const known = new Map<string, Promise<RepositoryFacts>>();
const MOST_KNOWN = 20;

/**
 * What a prompt says of a repository, from the commit at which the run began. Nothing that agents or people changed
 * since then has a say.
 *
 * @returns null when git could not tell; the agent can look by itself
 */
export async function repositoryFacts(base: {
  commonDir: string;
  baseCommit: string;
}): Promise<RepositoryFacts | null> {
  const key = `${base.baseCommit} ${base.commonDir}`;
  const facts = known.get(key) ?? look(base);
  known.delete(key);
  known.set(key, facts);
  for (const oldest of known.keys()) if (known.size > MOST_KNOWN) known.delete(oldest);
  try {
    return await facts;
  } catch (error) {
    known.delete(key);
    if (!(error instanceof PhasegateError)) throw error;
    log.warn('the prompt says nothing of the repository', { reason: error.message });
    return null;
  }
}

async function look(base: { commonDir: string; baseCommit: string }): Promise<RepositoryFacts> {
  const tree = await readBaseTree(base);
  const names = new Set(tree.map(({ name }) => name));
  const wanted = [...CONVENTIONS, ...READMES, ...BUILDS].filter((path) => names.has(path.split('/')[0] ?? path));
  const files = wanted.length === 0 ? new Map<string, BaseFile>() : await readBaseFile(base, wanted, MAX_FILE_BYTES);
  const text = (path: string): string | null => {
    const file = files.get(path);
    return file?.found && file.bytes instanceof Uint8Array ? decodeText(file.bytes) : null;
  };
  const { checks } = proposeFile({ names, text: (name) => text(name) ?? '' });
  return {
    conventions: headOf(CONVENTIONS, text, MOST_CONVENTIONS),
    readme: headOf(READMES, text, MOST_README),
    tree,
    languages: languagesOf(names),
    commands: checks.slice(0, MOST_COMMANDS).map(({ run }) => commandText(run)),
  };
}

function headOf(paths: readonly string[], text: (path: string) => string | null, most: number): HeadOfFile | null {
  for (const path of paths) {
    const whole = text(path);
    if (whole === null || whole.trim() === '') continue;
    const bytes = Buffer.from(whole);
    if (bytes.length <= most) return { path, text: whole, isCut: false };
    const head = bytes
      .subarray(0, most)
      .toString('utf8')
      .replace(/\uFFFD$/, '');
    // whole lines, unless a line is very long
    const end = head.lastIndexOf('\n');
    return { path, text: end > most / 2 ? head.slice(0, end) : head, isCut: true };
  }
  return null;
}
