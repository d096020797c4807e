/**
 * A text from outside in a prompt, between two lines that name it.
 *
 * @param nonce - random, so that no text can guess it and end its frame early
 */
export function framed(name: string, text: string, nonce: string): string {
  return `${name} BEGIN ${nonce}\n${text.trim()}\n${name} END ${nonce}\n`;
}
