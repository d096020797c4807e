// `npm run generate`: writes the parts of the documentation that are made from the code. With `--check` it changes
// nothing, and fails where one is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SETTINGS } from '../src/config.js';
import { FAILURES } from '../src/domain/failures.js';
import { PACKAGE_ROOT } from '../src/package-root.js';

const PARTS: Record<string, { file: string; text: () => string }> = {
  settings: { file: 'docs/settings.md', text: settingsTable },
  failures: { file: 'docs/failures.md', text: failuresTable },
};

function settingsTable(): string {
  const rows = Object.values(SETTINGS).map(
    ({ name, about, fallback }: { name: string; about: string; fallback?: string }) => [
      `\`${name}\``,
      about,
      fallbackText(fallback),
    ],
  );
  return table(['variable', 'what', 'default'], rows);
}

/** Folders that come with phasegate are shown as people find them in the tree. */
function fallbackText(fallback: string | undefined): string {
  if (fallback === undefined) return '**needed**';
  return `\`${path.isAbsolute(fallback) ? path.relative(PACKAGE_ROOT, fallback) : fallback}\``;
}

function failuresTable(): string {
  const rows = Object.entries(FAILURES).map(([code, { kind, todo }]) => [
    `\`${code}\`${kind === 'fatal' ? ' *bug*' : ''}`,
    todo,
  ]);
  return table(['code', 'what to do'], rows);
}

function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

const stale = Object.entries(PARTS).filter(([name, { file, text }]) => {
  const place = path.join(PACKAGE_ROOT, file);
  const before = readFileSync(place, 'utf8');
  const markers = new RegExp(`(<!-- generated:${name} -->\\n)[^]*?(<!-- /generated:${name} -->)`);
  if (!markers.test(before)) throw new Error(`${file} has no place for the generated part ${name}`);
  const after = before.replace(markers, (_, begin: string, end: string) => `${begin}\n${text()}\n\n${end}`);
  if (after !== before && !process.argv.includes('--check')) writeFileSync(place, after);
  return after !== before;
});
for (const [name, { file }] of stale)
  console.log(
    process.argv.includes('--check')
      ? `${file}: the part ${name} is out of date: npm run generate`
      : `${file}: ${name} is written`,
  );
process.exitCode = stale.length > 0 && process.argv.includes('--check') ? 1 : 0;
