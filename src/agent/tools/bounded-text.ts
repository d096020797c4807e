/** Most bytes of one tool's answer. */
export const MAX_RESULT_BYTES = 64 * 1024;

const NOTE_BYTES = 64;

/**
 * A well-formed text of at most 64 KiB of UTF-8, with a note of how much was cut.
 *
 * @param text - a tool's answer
 */
export function boundedText(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_RESULT_BYTES) return bytes.toString('utf8');
  // a character that was cut in two decodes to U+FFFD
  const kept = bytes
    .subarray(0, MAX_RESULT_BYTES - NOTE_BYTES)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
  return `${kept}\n[cut: ${bytes.length - Buffer.byteLength(kept)} more bytes]`;
}
