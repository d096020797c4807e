import { createHash } from 'node:crypto';

/** Of every branch of a run. */
export const PREFIX = 'phasegate/';
/** With `.lock`, or a run id's 8 characters, still a file name. */
const MAX_NAME_BYTES = 200;

/**
 * The branch of a run: `phasegate/` and the workflow id, changed only as far as git and file systems demand. Two
 * workflow ids may come to one name; the run id then tells the branches apart.
 *
 * @param workflowId - any text
 * @returns a name that git accepts, with exactly one `/`
 */
export function branchName(workflowId: string): string {
  const name = workflowId
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}\p{M}._-]+/gu, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[.-]+|[.-]+$/g, '');
  const kept = withoutLockEnding(cutToBytes(name, MAX_NAME_BYTES));
  // nothing readable is left of it: still the same name for the same id
  return PREFIX + (kept === '' ? `run-${createHash('sha256').update(workflowId).digest('hex').slice(0, 8)}` : kept);
}

/** The run's own branch where {@link branchName} is taken by another run. */
export function branchNameWithRun(workflowId: string, runId: string): string {
  return `${branchName(workflowId)}-${runId.slice(0, 8).toLowerCase()}`;
}

function cutToBytes(text: string, bytes: number): string {
  let [kept, size] = ['', 0];
  for (const character of text) {
    size += Buffer.byteLength(character);
    if (size > bytes) break;
    kept += character;
  }
  return kept;
}

/** Git refuses names that end in `.lock` or a dot. */
function withoutLockEnding(name: string): string {
  return name.replace(/(?:\.lock|[.-])+$/i, '');
}
