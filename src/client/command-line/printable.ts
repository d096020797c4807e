import { cut } from '../../domain/failures.js';

/** Somebody else's text as one line in which nothing controls the terminal. */
export function printable(text: string, length = 200): string {
  return cut(text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' '), length);
}

/** Somebody else's lines, in which nothing controls the terminal: colours go, too. */
export function printableLines(text: string): string {
  return text
    .replace(/\u001B\[[\d;:]*[A-Za-z]/g, '')
    .replace(/\r\n/g, '\n')
    .replace(/[^\n\t\P{Cc}]|[\p{Cf}\u2028\u2029]/gu, '�');
}
