/** What one pass over a JSON text tells, without recursion and without building values. */
export interface JsonScan {
  /** Deepest nesting of arrays and objects. */
  depth: number;
  /** Offset of the first unescaped control character inside a string, -1 if there is none. */
  controlCharacter: number;
}

/**
 * Measures a text that may be JSON; safe for any text, in linear time. It is run before a recursive parser, which a
 * text of a million brackets would bring down.
 *
 * @param text - any text
 */
export function scanJson(text: string): JsonScan {
  let depth = 0;
  let deepest = 0;
  let controlCharacter = -1;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (inString) {
      if (char === 0x5c) i++;
      else if (char === 0x22) inString = false;
      else if (char < 0x20 && controlCharacter < 0) controlCharacter = i;
    } else if (char === 0x22) inString = true;
    else if (char === 0x5b || char === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (char === 0x5d || char === 0x7d) depth--;
  }
  return { depth: deepest, controlCharacter };
}
