import { rewriteJson } from '../domain/text/rewrite-json.js';
import { toStored } from './postgres-text.js';

/** Digits and exponents that `jsonb` is certain to take. */
const PLAIN_NUMBER = /^-?[0-9]{1,100}(?:\.[0-9]{1,100})?$/;

/**
 * A JSON text in a form that `jsonb` can hold: strings through {@link toStored}, numbers with the digits that they
 * have.
 *
 * @param text - strict JSON
 */
export function storedJsonText(text: string): string {
  return rewriteJson(text, {
    indent: 0,
    literal: (token, piece) => (token === 'string' ? storedString(piece) : storedNumber(piece)),
  });
}

function storedString(piece: string): string {
  return JSON.stringify(toStored(JSON.parse(piece) as string));
}

function storedNumber(piece: string): string {
  return PLAIN_NUMBER.test(piece) ? piece : JSON.stringify(Number(piece));
}
