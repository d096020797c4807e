import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installExecutable } from './install-executable.js';
import { runCommand } from '../processes/run-command.js';

const SCRIPT = fileURLToPath(new URL('./sdk-download.mjs', import.meta.url));
/** When no byte has come for this long, the host can't be reached. */
const FIRST_BYTE_MS = 10_000;
const WHOLE_MS = 180_000;

/**
 * Lets Temporal's SDK download the CLI from Temporal's own site.
 *
 * @param target - the path of the executable
 * @returns undefined when it is there, or the reason why it is not
 */
export async function fetchBySdk(target: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const folder = mkdtempSync(`${target}.sdk-`);
  try {
    const giveUp = (elapsed: number): boolean =>
      elapsed > WHOLE_MS || (elapsed > FIRST_BYTE_MS && largestFile(folder).bytes === 0);
    const { ok, output } = await runCommand([process.execPath, SCRIPT, folder], { env, giveUp });
    const { path, bytes } = largestFile(folder);
    if (!ok || bytes === 0) return /Failed to start ephemeral server: ([^\n]{1,200})/.exec(output)?.[1] ?? 'no answer';
    installExecutable(readFileSync(path), target);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function largestFile(folder: string): { path: string; bytes: number } {
  const files = readdirSync(folder).map((name) => join(folder, name));
  const sized = files.map((path) => ({ path, bytes: statSync(path, { throwIfNoEntry: false })?.size ?? 0 }));
  return sized.sort((a, b) => b.bytes - a.bytes)[0] ?? { path: folder, bytes: 0 };
}
