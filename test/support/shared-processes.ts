import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A test file, compiled, and about how long it takes. */
export interface TimedFile {
  /** Absolute path. */
  script: string;
  seconds: number;
}

/** What one process runs. */
export interface Share {
  name: string;
  files: TimedFile[];
}

/**
 * Deals test files out to a few processes that take about the same time: to load Temporal's SDK and LangChain takes each
 * process longer than most files take.
 *
 * @param name - begins the names of the shares
 * @param count - of processes
 */
export function dealOut(files: TimedFile[], name: string, count: number): Share[] {
  const shares = Array.from({ length: Math.min(count, files.length) }, (_, n): Share => {
    return { name: `${name}-${n + 1}`, files: [] };
  });
  for (const file of longestFirst(files, ({ seconds }) => seconds))
    longestFirst(shares, secondsOf).at(-1)?.files.push(file);
  return shares;
}

/**
 * Writes a module for each share. A process runs its files one after the other, each as a suite with the file's name;
 * a file that has a process for itself is run as it is. The shares that take longest are first by name, because Node's
 * test runner begins with the first name.
 *
 * @param folder - gets the modules
 * @returns the modules, absolute paths
 */
export function writeShares(shares: Share[], folder: string): string[] {
  return longestFirst(shares, secondsOf).map((share, index) => {
    const module = join(folder, `${String(index + 1).padStart(3, '0')}-${share.name}.test.js`);
    writeFileSync(module, source(share, folder));
    return module;
  });
}

function source({ files }: Share, folder: string): string {
  const load = ({ script }: TimedFile) => `await import(${JSON.stringify(pathToFileURL(script).href)});`;
  const [first, second] = files;
  if (first && !second) return load(first);
  return [
    "import { describe } from 'node:test';",
    ...files.map((file) => {
      const name = JSON.stringify(file.script.slice(folder.length + 1).replace(/\.js$/, '.ts'));
      return `describe(${name}, async () => { ${load(file)} });`;
    }),
  ].join('\n');
}

function secondsOf({ files }: Share): number {
  return files.reduce((sum, { seconds }) => sum + seconds, 0);
}

function longestFirst<T>(things: readonly T[], seconds: (thing: T) => number): T[] {
  return [...things].sort((a, b) => seconds(b) - seconds(a));
}
