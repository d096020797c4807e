import { decodeText } from '../../../domain/text/decode-text.js';
import { ToolRefusal, type ToolContext } from '../agent-tool.js';

/** Largest file that a tool looks into. */
const MAX_TEXT_BYTES = 4 * 1024 * 1024;

/** A file of the run's folder, whole. */
interface WholeFile {
  /** The path from the run's folder. */
  path: string;
  bytes: Buffer;
  /** What the model must know of its path; mostly empty. */
  note: string;
}

/**
 * Reads a whole file of the run's folder.
 *
 * @param path - as the model gave it
 * @throws ToolRefusal when it is too large
 */
export async function readWhole(path: string, { folder }: ToolContext): Promise<WholeFile> {
  const { path: taken, bytes, totalBytes } = await folder.read(path, { maxBytes: MAX_TEXT_BYTES });
  if (totalBytes > bytes.length)
    throw new ToolRefusal(`${taken} has ${totalBytes} bytes; only files up to ${MAX_TEXT_BYTES} can be used`);
  return { path: taken, bytes, note: takenNote(path, taken) };
}

/** The same for text. @throws ToolRefusal also when it is not UTF-8 text */
export async function readTextFile(path: string, context: ToolContext): Promise<{ path: string; text: string }> {
  const file = await readWhole(path, context);
  const text = decodeText(file.bytes);
  if (text === null) throw new ToolRefusal(`${file.path} is not UTF-8 text (${file.bytes.length} bytes)`);
  return { path: file.path, text };
}

/** Tells the model when its path was taken for one in the repository. */
export function takenNote(path: string, taken: string): string {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  return taken === `repo/${names.join('/')}` ? `[this is ${taken}]` : '';
}
