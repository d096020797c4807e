import { decodeText } from '../../../domain/text/decode-text.js';
import { ToolRefusal, type ToolContext } from '../agent-tool.js';

/** Largest file that a tool looks into. */
const MAX_TEXT_BYTES = 4 * 1024 * 1024;

/**
 * Reads a whole text file of the run's folder.
 *
 * @throws ToolRefusal when it is too large or not UTF-8 text
 */
export async function readTextFile(path: string, { folder }: ToolContext): Promise<string> {
  const { bytes, totalBytes } = await folder.read(path, { maxBytes: MAX_TEXT_BYTES });
  if (totalBytes > bytes.length)
    throw new ToolRefusal(`${path} has ${totalBytes} bytes; only files up to ${MAX_TEXT_BYTES} can be used`);
  const text = decodeText(bytes);
  if (text === null) throw new ToolRefusal(`${path} is not UTF-8 text (${totalBytes} bytes)`);
  return text;
}
