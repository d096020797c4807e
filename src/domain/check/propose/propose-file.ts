import { CHECK_DEFAULTS, type RepositoryCheck, type RepositoryFile, type SetupStep } from '../repository-file.js';
import { decidingFiles } from './deciding-files.js';
import { proposeJavaScript } from './javascript.js';
import { proposeGo, proposeJava, proposeMake, proposePhp, proposeRuby, proposeRust } from './languages.js';
import type { Proposed, RootLook } from './proposal.js';
import { proposePython } from './python.js';

/** A file that is proposed, with the reasons for people. */
export interface ProposedFile {
  setup: Proposed<SetupStep>[];
  checks: Proposed<RepositoryCheck>[];
  protect: string[];
}

/**
 * Proposes how a repository is built and checked. Several languages may lie at one root: each has its own set-up, and a
 * name that is taken gets the language before it.
 */
export function proposeFile(look: RootLook): ProposedFile {
  const proposals = [
    proposeJavaScript,
    proposePython,
    proposeGo,
    proposeRust,
    proposeJava,
    proposeRuby,
    proposePhp,
  ].map((propose) => propose(look));
  const checks = new Map<string, Proposed<RepositoryCheck>>();
  for (const { language, checks: own } of proposals) {
    for (const check of own) {
      const name = checks.has(check.name) ? `${language}-${check.name}` : check.name;
      checks.set(name, { ...check, name });
    }
  }
  const make = proposeMake(look);
  const targets = make.checks.filter(({ name }) => !checks.has(name));
  return {
    setup: proposals.flatMap(({ setup }) => setup),
    checks: [...checks.values(), ...targets],
    protect: [...proposals, ...(targets.length > 0 ? [make] : [])]
      .flatMap((proposal) => proposal.protect)
      .concat(decidingFiles('all')),
  };
}

/** The content of the file, without the reasons. */
export function withoutReasons({ setup, checks, protect }: ProposedFile): RepositoryFile {
  return {
    setup: setup.map(({ why: _, ...step }) => step),
    checks: checks.map(({ why: _, ...check }) => check),
    protect,
  };
}

/** The file as YAML with comments. Every text in it is ours, and JSON strings are YAML, too. */
export function fileText({ setup, checks, protect }: ProposedFile): string {
  const quoted = (texts: readonly string[]): string => `[${texts.map((text) => JSON.stringify(text)).join(', ')}]`;
  const lines = [
    '# How phasegate builds and checks this repository: docs/checks.md. It is read from the base commit of a run.',
    ...(setup.length === 0
      ? ['# setup: commands that make a workspace ready for the checks. None was found to be needed.']
      : ['# Once for each workspace. Only these hosts can be reached; checks reach none.', 'setup:']),
    ...setup.flatMap(({ run, network, timeout, why }) => [
      `  # ${why}`,
      `  - run: ${JSON.stringify(run)}`,
      ...(Array.isArray(network) ? [`    network: ${quoted(network)}`] : []),
      ...(timeout === undefined ? [] : [`    timeout: ${timeout}`]),
    ]),
    ...(checks.length === 0
      ? [
          '# No check was found. Without one, nothing proves the work of an agent:',
          '# checks:',
          '#   - name: test',
          '#     run: ./run-tests',
        ]
      : ['# Exit code 0 is green. They run on exactly the files that will be committed.', 'checks:']),
    ...checks.flatMap(({ name, run, timeout, why }) => [
      `  # ${why}`,
      `  - name: ${name}`,
      `    run: ${JSON.stringify(run)}`,
      `    timeout: ${timeout ?? `${CHECK_DEFAULTS.timeoutMs / 60_000}m`}`,
    ]),
    '# What no phase may change, unless its template says so: what decides which program a check runs, and on which tests.',
    '# Also where it is not there yet. Take out what your work needs to change.',
    'protect:',
    ...protect.map((pattern) => `  - ${JSON.stringify(pattern)}`),
    '# env: [CI]   # names of variables of the worker that the commands get; their values are masked in every output',
  ];
  return `${lines.join('\n')}\n`;
}
