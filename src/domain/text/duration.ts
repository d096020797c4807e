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

/**
 * Milliseconds as people say them: `850 ms`, `12.3 s`, `4 min 5 s`, `2 h 10 min`, `3 d 4 h`. They are rounded once, so
 * that no part is ever full.
 *
 * @param ms - less than 0, and what is no number, is 0
 */
export function formatDuration(ms: number): string {
  const whole = Number.isFinite(ms) && ms > 0 ? Math.round(ms) : 0;
  if (whole < 1_000) return `${whole} ms`;
  const tenths = Math.round(whole / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(whole / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(whole / 60_000);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(whole / 3_600_000);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
