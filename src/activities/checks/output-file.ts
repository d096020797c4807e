import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { diskFailure } from '../../workspace/disk-failure.js';
import type { RunFolder } from '../../workspace/run-folder.js';
import { writeFileAtomically } from '../../workspace/write-atomically.js';
import type { PhaseRun } from '../phase/phase-run.js';

const MAX_NAME = 80;

/**
 * Keeps what a check wrote where the agent can read it, and can't write.
 *
 * @returns the path as the agent's tools take it
 */
export async function keepOutput(
  { task: { phase, round }, folder, attempt }: PhaseRun,
  { name, place }: { name: string; place: number },
  output: string,
): Promise<string> {
  const own = round > 1 ? `${phase.key}-round-${round}` : phase.key;
  const plain = name.replace(/[^\w.-]+/g, '_').slice(0, MAX_NAME);
  // the place tells names apart that look the same here
  const unique = plain === name ? name : `${plain}-${place + 1}`;
  return keepText(folder, `${own}-${unique}-${attempt}.txt`, output);
}

/**
 * Keeps a text where the agent can read it, and can't write.
 *
 * @param file - a plain file name
 * @returns the path as the agent's tools take it
 */
export async function keepText({ checks }: RunFolder, file: string, text: string): Promise<string> {
  try {
    await mkdir(checks, { recursive: true, mode: 0o700 });
    await writeFileAtomically(join(checks, file), text, { mayBeLost: true });
  } catch (error) {
    throw diskFailure(error, `${join(checks, file)} cannot be written`);
  }
  return `checks/${file}`;
}
