import { createHash } from 'node:crypto';

/** The beginning of every run's branch. */
export const PREFIX = 'phasegate/';
/** With `.lock`, or 8 characters of a run id, it is still a file name. */
const MAX_NAME_BYTES = 200;

/**
 * The branch of a run: `phasegate/` and the workflow id, changed only as much as git and file systems demand. Two
 * workflow ids may lead to the same name. The run id then tells the branches apart.
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
  // nothing readable is left of it: the same id must still get the same name
  return PREFIX + (kept === '' ? `run-${createHash('sha256').update(workflowId).digest('hex').slice(0, 8)}` : kept);
}

/** The run's own branch where another run has taken {@link branchName}. */
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
