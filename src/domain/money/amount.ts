declare const EXACT: unique symbol;

/**
 * An exact amount in micro-dollars (1 USD = 1,000,000): a decimal number as text, such as `880.5`. One call may cost
 * less than a micro-dollar, and neither JSON nor a number can keep the sum of such parts exactly.
 */
export type Money = string & { readonly [EXACT]: true };

export const NO_MONEY = '0' as Money;

/** Longest text of an amount that is read. */
const MAX_LENGTH = 60;

/** A decimal number: `digits` divided by 10 to the power of `scale`. */
interface Decimal {
  digits: bigint;
  scale: number;
}

/**
 * The amount that a number stands for: 0.1 is a tenth, and not the binary fraction next to it.
 *
 * @param microUsd - a finite number
 */
export function money(microUsd: number | bigint): Money {
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(String(microUsd)) ?? [];
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(`${sign}${whole}${fraction}`);
  return textOf(scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale });
}

/** Whether a value from outside is an amount. */
export function isMoney(value: unknown): value is Money {
  return typeof value === 'string' && value.length <= MAX_LENGTH && /^-?\d+(\.\d+)?$/.test(value);
}

/** The exact sum, whatever the order. */
export function addMoney(...amounts: readonly Money[]): Money {
  return textOf(amounts.map(decimalOf).reduce(add, { digits: 0n, scale: 0 }));
}

/** `a` without `b`. */
export function subtractMoney(a: Money, b: Money): Money {
  const { digits, scale } = decimalOf(b);
  return textOf(add(decimalOf(a), { digits: -digits, scale }));
}

/** Below 0 when `a` is less than `b`, 0 when they are the same. */
export function compareMoney(a: Money, b: Money): number {
  const { digits } = decimalOf(subtractMoney(a, b));
  return digits < 0n ? -1 : digits > 0n ? 1 : 0;
}

/** An amount times `count`. @param count - a whole number */
export function timesMoney(amount: Money, count: number): Money {
  const { digits, scale } = decimalOf(amount);
  return textOf({ digits: digits * BigInt(count), scale });
}

/** The amount that people say in dollars. */
export function fromUsd(usd: number): Money {
  return timesMoney(money(usd), 1_000_000);
}

/** The amount in dollars, as people read it: the number nearest to it. */
export function toUsd(amount: Money): number {
  const { digits, scale } = decimalOf(amount);
  return Number(textOf({ digits, scale: scale + 6 }));
}

function decimalOf(amount: Money): Decimal {
  const [whole = '', fraction = ''] = amount.split('.');
  return { digits: BigInt(whole + fraction), scale: fraction.length };
}

function add(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  const at = ({ digits, scale: own }: Decimal): bigint => digits * 10n ** BigInt(scale - own);
  return { digits: at(a) + at(b), scale };
}

function textOf({ digits, scale }: Decimal): Money {
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  const fraction = text.slice(text.length - scale).replace(/0+$/, '');
  const whole = text.slice(0, text.length - scale);
  const unsigned = scale === 0 || fraction === '' ? whole : `${whole}.${fraction}`;
  return `${digits < 0n ? '-' : ''}${unsigned}` as Money;
}
