import { lstat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileText, proposeFile, withoutReasons } from '../../domain/check/propose/propose-file.js';
import { PhasegateError } from '../../domain/failures.js';
import { REPOSITORY_FILE } from '../../domain/names.js';
import { findWorkTree } from '../../upkeep/find-work-tree.js';
import { lookAtRoot } from '../../upkeep/look-at-root.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import { printable } from '../command-line/printable.js';
import { tryCommands, type Trial, type Tried } from './try-commands.js';

/** `init`: proposes how a repository is built and checked, and tries it. */
export const init = defineCommand({
  usage: 'PATH [--write] [--no-try]',
  about: `propose a ${REPOSITORY_FILE} for a repository, and try its commands in the sandbox on a throw-away checkout`,
  options: {
    write: { type: 'boolean', about: `write the file, never over one that is there` },
    'no-try': { type: 'boolean', about: 'run nothing' },
  },
  words: ['PATH'],
  run: async ({ json, write = false, 'no-try': noTry = false }, [given = '']) => {
    const { repository, root } = await findWorkTree(path.resolve(given));
    const file = path.join(root, REPOSITORY_FILE);
    const isThere = await exists(file);
    if (write && isThere) throw new PhasegateError('usage_invalid', `${file} is there already: nothing was written`);
    const proposed = proposeFile(await lookAtRoot(root));
    const text = fileText(proposed);
    const say = (line: string): void => void (json || process.stderr.write(`trying ${printable(line)}\n`));
    const trial = noTry ? null : await tryCommands(withoutReasons(proposed), repository, say);
    // exclusive: it writes neither over a file nor through a link that has come meanwhile
    if (write) await writeFile(file, text, { flag: 'wx' });
    const { baseName, baseCommit } = repository;
    const result = {
      file,
      text,
      exists: isThere,
      written: write,
      base: { branch: baseName, commit: baseCommit },
      trial,
    };
    print(json, result, [text, ...trialLines(trial), lastLine(file, isThere, write)].join('\n'));
    return trial?.tried.some(({ isGreen }) => !isGreen) ? EXIT.failed : EXIT.ok;
  },
});

/** A link that leads nowhere is in the way, too. */
function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

function trialLines(trial: Trial | null): string[] {
  if (trial === null) return ['nothing was tried'];
  if (trial.notTried !== null) return [`nothing was tried: ${printable(trial.notTried, 1_500)}`];
  return trial.tried.length === 0 ? ['there is nothing to try'] : trial.tried.flatMap(triedLines);
}

function triedLines({ name, command, isGreen, end, durationMs, output }: Tried): string[] {
  const head = `${isGreen ? '✓' : '✗'} ${name}  ${printable(command)}  ${end}, ${(durationMs / 1_000).toFixed(1)} s`;
  return isGreen ? [head] : [head, ...output.split('\n').map((line) => `    ${printable(line)}`)];
}

function lastLine(file: string, isThere: boolean, written: boolean): string {
  if (written) return `written: ${printable(file, 1_000)}; commit it, since runs read it from their base commit`;
  return isThere ? `${printable(file, 1_000)} is there already` : 'nothing was written: --write does it';
}
