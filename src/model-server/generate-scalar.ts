import type { JsonObject } from '../domain/text/json.js';
import { textMatching } from './pattern-text.js';

const FORMATS: Readonly<Record<string, (index: number) => string>> = {
  'date-time': (i) => `2025-01-${day(i)}T12:00:00Z`,
  date: (i) => `2025-01-${day(i)}`,
  time: (i) => `12:00:${day(i)}Z`,
  duration: (i) => `PT${i + 1}H`,
  email: (i) => `person${i + 1}@example.com`,
  hostname: (i) => `host${i + 1}.example.com`,
  ipv4: (i) => `192.0.2.${(i % 254) + 1}`,
  ipv6: (i) => `2001:db8::${(i + 1).toString(16)}`,
  uri: (i) => `https://example.com/${i + 1}`,
  'uri-reference': (i) => `/example/${i + 1}`,
  iri: (i) => `https://example.com/${i + 1}`,
  uuid: (i) => `00000000-0000-4000-8000-${i.toString(16).padStart(12, '0')}`,
  'json-pointer': (i) => `/example/${i}`,
  regex: () => '^[a-z]+$',
};

function day(index: number): string {
  return String((index % 28) + 1).padStart(2, '0');
}

interface StringKeywords {
  pattern?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
}

/**
 * A string with the schema's format, pattern and lengths. It differs for each `index`, where the schema allows that.
 */
export function generateString(schema: JsonObject, name: string, index: number): string {
  const { pattern, format, minLength = 0, maxLength = Infinity } = schema as StringKeywords;
  if (typeof pattern === 'string')
    return textMatching(pattern, index === 0 ? minLength : Math.max(minLength, textMatching(pattern).length + index));
  const made = typeof format === 'string' ? FORMATS[format]?.(index) : undefined;
  if (made !== undefined) return made;
  const text = index === 0 ? `example ${name}` : `${index + 1} example ${name}`;
  return text.padEnd(minLength, '.').slice(0, maxLength);
}

/** A number within the schema's bounds and steps. It differs for each `index`, where the schema allows that. */
export function generateNumber(schema: JsonObject, type: 'number' | 'integer', index: number): number {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema as Record<
    string,
    number | undefined
  >;
  const step = multipleOf ?? (type === 'integer' ? 1 : undefined);
  const low = Math.max(minimum ?? -Infinity, exclusiveMinimum ?? -Infinity);
  const high = Math.min(maximum ?? Infinity, exclusiveMaximum ?? Infinity);
  if (step === undefined) return between(low, high, index);
  const isAllowed = (value: number): boolean =>
    value >= low &&
    value <= high &&
    value !== exclusiveMinimum &&
    value !== exclusiveMaximum &&
    (type === 'number' || Number.isInteger(value));
  const from = Number.isFinite(low) ? Math.ceil(low / step) : Number.isFinite(high) ? Math.floor(high / step) - 100 : 1;
  const found: number[] = [];
  for (let k = from; k <= from + 1_000 && found.length <= index; k++) if (isAllowed(k * step)) found.push(k * step);
  return found[index % Math.max(found.length, 1)] ?? 0;
}

function between(low: number, high: number, index: number): number {
  if (low === -Infinity && high === Infinity) return index + 1;
  if (high === Infinity) return low + index + 1;
  if (low === -Infinity) return high - index - 1;
  return low + (high - low) / (index + 2);
}
