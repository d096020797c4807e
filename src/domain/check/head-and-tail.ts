/** Most of an error is at the end of an output. */
const HEAD_SHARE = 1 / 3;
/** Colours and moves of a terminal. */
const TERMINAL = /\u001B(?:\[[0-9;?]*[ -\/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\))/g;
const CONTROL = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g;

/** A text without colours and control characters, as people and agents see it. */
export function withoutControls(text: string): string {
  return text.replace(/\r+\n/g, '\n').replace(TERMINAL, '').replace(CONTROL, '');
}

/**
 * The beginning and the end of what a program wrote, without colours and control characters.
 *
 * @param output - at most some MiB
 * @param bytes - most of both together, in UTF-8
 * @returns the text, and how many bytes of the middle are left out
 */
export function headAndTail(output: string, bytes: number): { text: string; leftOut: number } {
  const clean = withoutControls(output).trimEnd();
  const all = new TextEncoder().encode(clean);
  if (all.length <= bytes) return { text: clean, leftOut: 0 };
  const head = wholeCharacters(all.subarray(0, Math.floor(bytes * HEAD_SHARE)));
  const tail = wholeCharacters(all.subarray(all.length - (bytes - Math.floor(bytes * HEAD_SHARE))));
  const leftOut = all.length - bytes;
  return { text: `${head}\n[… ${leftOut} bytes left out …]\n${tail}`, leftOut };
}

/** A character that was cut at either end is left out. */
function wholeCharacters(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/^\uFFFD+|\uFFFD+$/g, '');
}
