import { GATES } from './gates.js';
import type { MadeRun } from './known-run.js';

const ARABIC = 'هذا النص مكتوب من اليمين إلى اليسار، مع src/flags.js في وسطه، ثم (قوسين) و 3 أرقام.';
const HEBREW = 'טקסט מימין לשמאל: `parseFlags` נקרא פעמיים.';

/** A run of 12 phases: a long one, one from right to left, one that is hostile, and more diff than fits. */
export function twelvePhases(): MadeRun {
  const findings = Array.from({ length: 260 }, (_, n) => ({
    ...{
      id: `F${n}`,
      title: `Finding ${n}: an error path loses its message`,
      severity: 'low',
      category: 'correctness',
    },
    location: { path: `src/part-${n}.js`, line: n },
    description: `The catch block returns an empty list. ${'Every caller sees an empty list. '.repeat(20)}`,
    recommendation: 'Let the error through.',
  }));
  const keys = [
    'requirements',
    'design',
    'plan',
    'api',
    'storage',
    'implementation',
    'tests',
    'docs',
    'security',
    'performance',
    'review',
    'release',
  ];
  const [template] = GATES.good.phases;
  const phases: MadeRun['phases'] = keys.map((key, index) => ({
    ...{
      key,
      schema: 'design',
      work: 3 + index,
      artifact: { summary: `What ${key} found, in a sentence or two.`, points: ['one', 'two'] },
    },
    ...(index % 4 === 3 ? { gate: `${key}-approval`, waited: 30 * index } : {}),
  }));
  phases[0] = template!;
  phases[1]!.artifact = { summary: ARABIC, notes: [HEBREW, ARABIC], table: [{ name: HEBREW, value: 'left to right' }] };
  phases[8] = { ...phases[8]!, schema: 'risks', artifact: { summary: 'Very long.', findings } };
  phases[9]!.artifact = {
    summary: '<script>alert(1)</script>',
    list: ['<img src=x onerror=alert(1)>', '[a](javascript:alert(1))'],
  };
  phases[11] = { ...phases[11]!, state: 'awaiting_approval', gate: 'release-approval', waited: 0 };
  const block = (n: number): string =>
    `diff --git a/src/part-${n}.js b/src/part-${n}.js\n--- a/src/part-${n}.js\n+++ b/src/part-${n}.js\n@@ -1,0 +1,300 @@\n${'+const value = "<b>some words</b>";\n'.repeat(300)}`;
  return {
    ...GATES.good,
    id: 'twelve-phases',
    phases,
    files: Array.from({ length: 200 }, (_, n) => ({
      path: `src/part-${n}.js`,
      status: 'added',
      added: 300,
      removed: 0,
    })),
    patch: Array.from({ length: 280 }, (_, n) => block(n)).join(''),
  };
}
