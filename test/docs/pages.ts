import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { PACKAGE_ROOT } from '../../src/package-root.js';

/** A fenced block of a page. */
export interface Block {
  page: string;
  /** First word behind the fence: `sh` is run by a test, `console` is not. */
  language: string;
  /** What else stands there, such as `template`. */
  label: string;
  text: string;
}

/** The pages of the documentation, README first. */
export function pages(): string[] {
  const docs = readdirSync(path.join(PACKAGE_ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', ...docs.map((name) => `docs/${name}`).sort()];
}

export function readPage(page: string): string {
  return readFileSync(path.join(PACKAGE_ROOT, page), 'utf8');
}

export function blocks(page: string): Block[] {
  const found = readPage(page).matchAll(/^```(\w+)[ ]?([^\n]*)\n([^]*?)^```$/gm);
  return [...found].map(([, language = '', label = '', text = '']) => ({ page, language, label, text }));
}
