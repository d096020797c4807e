const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A duration as people write it (`500ms`, `300s`, `20m`, `1h`, `3d`) in milliseconds; undefined for any other text.
 *
 * @param text - a whole number and one unit
 */
export function parseDuration(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  return factor === undefined ? undefined : Number(count) * factor;
}
