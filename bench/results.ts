/** One line of the table. */
export interface Row {
  /** What was measured. */
  measure: string;
  /** For people, with units. */
  measured: string;
  /** Against what, for people: `1.32 ×`. */
  ratio: string;
  target: string;
  verdict: 'met' | 'missed' | 'stated' | 'failed';
}

/** What a measure found. */
export interface Finding {
  rows: Row[];
  /** Every single sample, and what was counted. */
  samples: Record<string, unknown>;
  /** Texts and tables that belong below the table, in Markdown. */
  details?: string[];
}

/** Whether a value reaches its target. */
export function verdict(reached: boolean): Row['verdict'] {
  return reached ? 'met' : 'missed';
}

const SHOWN = { met: 'met', missed: '**missed**', stated: '–', failed: '**failed**' } as const;

/** The rows as a Markdown table. */
export function markdownTable(rows: readonly Row[]): string {
  const cells = rows.map(({ measure, measured, ratio, target, verdict: said }) => [
    measure,
    measured,
    ratio,
    target,
    SHOWN[said],
  ]);
  return [['measure', 'measured', 'ratio', 'target', ''], ['---', '---', '---', '---', '---'], ...cells]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}
