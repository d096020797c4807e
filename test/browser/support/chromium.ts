import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const QUIET = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // nothing but this machine can be reached, whatever the page or the browser itself asks for
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/**
 * Path of the machine's Chromium, or undefined where there is none.
 *
 * @param env - `PHASEGATE_CHROMIUM` names it; else it is looked for on PATH
 * @throws Error when `PHASEGATE_CHROMIUM` names no program, or there is none and `PHASEGATE_REQUIRE_BROWSER` is 1
 */
export function findChromium(env: NodeJS.ProcessEnv): string | undefined {
  const { PHASEGATE_CHROMIUM: named, PHASEGATE_REQUIRE_BROWSER: required, PATH = '/usr/bin' } = env;
  if (named && !isProgram(named))
    throw new Error(`PHASEGATE_CHROMIUM is ${named}, which is not a program that can be started`);
  const folders = PATH.split(delimiter).filter((folder) => folder !== '');
  const found = named || folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isProgram);
  if (!found && required === '1')
    throw new Error(`PHASEGATE_REQUIRE_BROWSER is 1, and there is no ${NAMES.join(', ')} on PATH`);
  return found;
}

/** Starts a headless Chromium that reaches this machine only; it ends when this process ends, however that happens. */
export function startChromium(executablePath: string): Promise<Browser> {
  // Chromium's sandbox refuses to work for root
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, headless: true, args: [...QUIET, ...sandbox] });
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
