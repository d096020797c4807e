/** Most bytes of the answers to one reply's tool calls, together. */
export const MAX_RESULT_BYTES = 64 * 1024;

/** Longest answer that is kept whole. The end of a longer one is lost. */
const MAX_KEPT_BYTES = 1024 * 1024;
const NOTE_BYTES = 320;

/** Keeps a text in the run's folder, and gives the path by which the agent's tools read it. */
export type KeepText = (text: string) => Promise<string>;

/**
 * Lets the answers to one reply have a room together. Short answers stay whole, and the long ones share what is left. Of
 * an answer that is cut, the whole is kept in a file, and the answer says where, and how to read on.
 *
 * @param texts - the answers, in their order
 * @param room - bytes of UTF-8 for all of them
 * @param keep - null: what is cut is lost
 * @returns well-formed texts, one for each answer
 * @throws PhasegateError `workspace_failed`, `disk_full` of the disk that keeps the rest
 */
export async function shareRoom(texts: readonly string[], room: number, keep: KeepText | null): Promise<string[]> {
  const all = texts.map((text) => Buffer.from(text));
  const shares = fairShares(
    all.map(({ length }) => length),
    room,
  );
  const fitted: string[] = [];
  for (const [n, bytes] of all.entries()) {
    const share = shares[n] ?? 0;
    fitted.push(bytes.length <= share ? bytes.toString('utf8') : await beginning(bytes, share, keep));
  }
  return fitted;
}

/**
 * What each may have of a room: nobody more than it needs, and nobody less than another that needs as much.
 *
 * @param sizes - what each needs
 */
export function fairShares(sizes: readonly number[], room: number): number[] {
  const shares = sizes.map(() => 0);
  let left = room;
  const smallestFirst = sizes.map((size, n) => ({ size, n })).sort((a, b) => a.size - b.size);
  for (const [rank, { size, n }] of smallestFirst.entries()) {
    const share = Math.min(size, Math.floor(left / (sizes.length - rank)));
    shares[n] = share;
    left -= share;
  }
  return shares;
}

async function beginning(bytes: Buffer, share: number, keep: KeepText | null): Promise<string> {
  const head = wholeLines(textOf(bytes.subarray(0, Math.max(0, share - NOTE_BYTES))));
  const shown = Buffer.byteLength(head);
  const cut = `\n[cut: the first ${shown} of ${bytes.length} bytes are shown`;
  if (keep === null) return `${head}${cut}]`;
  const kept = textOf(bytes.subarray(0, MAX_KEPT_BYTES));
  const lost = bytes.length > MAX_KEPT_BYTES ? `the first ${Buffer.byteLength(kept)} bytes are` : 'all of it is';
  const line = head.split('\n').length + (head.endsWith('\n') ? 0 : 1);
  return `${head}${cut}; ${lost} in ${await keep(kept)}: read on with read_file, from line ${line} of that file]`;
}

/** A character that was cut in two at the end decodes to U+FFFD. */
function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/\uFFFD$/, '');
}

/** The lines of a beginning that are whole; of a text with very long lines as many characters as there are. */
function wholeLines(text: string): string {
  const end = text.lastIndexOf('\n');
  return end > text.length / 2 ? text.slice(0, end) : text;
}
