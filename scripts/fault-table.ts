// `npm run test:faults | npm run --silent fault-table`: writes the table of docs/reliability.md from the lines that the
// fault tests print.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PACKAGE_ROOT } from '../src/package-root.js';

interface Row {
  tried: number;
  runsLost: number;
  eventsLost: number;
  callsRepeated: number;
  /** Milliseconds; null where there is nothing to recover from. */
  slowest: number | null;
}

const rows = new Map<string, Row>();
for (const line of readFileSync(0, 'utf8').split('\n')) {
  const [mark, fault = '', ...figures] = line.split(' | ');
  if (mark !== 'FAULT' || figures.length !== 5) continue;
  const [tried = 0, runsLost = 0, eventsLost = 0, callsRepeated = 0] = figures.slice(0, 4).map(Number);
  const recover = figures[4] === '-' ? null : Number(figures[4]);
  const before = rows.get(fault) ?? { tried: 0, runsLost: 0, eventsLost: 0, callsRepeated: 0, slowest: null };
  rows.set(fault, {
    tried: before.tried + tried,
    runsLost: before.runsLost + runsLost,
    eventsLost: before.eventsLost + eventsLost,
    callsRepeated: before.callsRepeated + callsRepeated,
    slowest: recover === null ? before.slowest : Math.max(before.slowest ?? 0, recover),
  });
}
if (rows.size === 0) throw new Error('no line of a fault in the input: npm run test:faults prints them');

const seconds = (ms: number | null): string => (ms === null ? '–' : `${(ms / 1_000).toFixed(1)} s`);
const table = [
  '| fault | tried | runs lost | events lost | calls made again | longest time to go on |',
  '| --- | --- | --- | --- | --- | --- |',
  ...[...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([fault, { tried, runsLost, eventsLost, callsRepeated, slowest }]) =>
        `| ${fault} | ${tried} | ${runsLost} | ${eventsLost} | ${callsRepeated} | ${seconds(slowest)} |`,
    ),
].join('\n');
const file = path.join(PACKAGE_ROOT, 'docs/reliability.md');
const before = readFileSync(file, 'utf8');
writeFileSync(
  file,
  before.replace(
    /(<!-- faults -->\n)[^]*?(<!-- \/faults -->)/,
    (_, begin: string, end: string) => `${begin}\n${table}\n\n${end}`,
  ),
);
console.log(`docs/reliability.md: ${rows.size} faults`);
