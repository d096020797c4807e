import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PhasegateError } from '../domain/failures.js';
import type { RunInput } from '../domain/run-input.js';

export const USAGE = `npm start                                        runs the template feature on a small demo repository
npm start -- --repo PATH --requirements FILE     runs it on your own repository
             [--template NAME] [--base BRANCH] [--approve-all]

At a gate it asks you. Without a terminal it waits until somebody decides: npm run client -- approve W.
With --approve-all it approves every gate by itself, as it does for the demo with the scripted model.`;

export interface StartOptions {
  /** Null for the demo repository. */
  repoPath: string | null;
  /** Null for the demo's own. */
  requirements: string | null;
  template: string;
  baseBranch: string | null;
  /** Approves every gate by itself. */
  approveAll: boolean;
}

/**
 * Reads the arguments of `npm start`.
 *
 * @param args - after the script's name
 * @param folder - relative paths are resolved from here
 * @returns null when help is asked for
 * @throws PhasegateError `usage_invalid` that names the argument
 */
export function readStartOptions(args: string[], folder: string): StartOptions | null {
  const given = parsed(args);
  if (given.help) return null;
  const { repo, requirements, template = 'feature', base } = given;
  if (repo !== undefined && requirements === undefined)
    throw wrong('--repo needs --requirements FILE: what is to be done in that repository');
  if (base !== undefined && repo === undefined)
    throw wrong('--base needs --repo: the demo repository has only one branch');
  return {
    repoPath: repo === undefined ? null : resolve(folder, repo),
    requirements: requirements === undefined ? null : readText(resolve(folder, requirements)),
    template,
    baseBranch: base ?? null,
    approveAll: given['approve-all'] === true,
  };
}

/** The input of the run. */
export function runInputOf(options: StartOptions, demo: { repoPath: string; requirements: string }): RunInput {
  const { repoPath, requirements, template, baseBranch } = options;
  return {
    template,
    repoPath: repoPath ?? demo.repoPath,
    requirements: requirements ?? demo.requirements,
    ...(baseBranch !== null && { baseBranch }),
  };
}

function parsed(args: string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args,
      options: {
        repo: text,
        requirements: text,
        template: text,
        base: text,
        'approve-all': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw wrong((error as Error).message);
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw wrong(`--requirements ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function wrong(message: string): PhasegateError {
  return new PhasegateError('usage_invalid', `${message}\n\n${USAGE}`);
}
