import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Deals test files out to a few processes: to load Temporal's SDK and LangChain takes each process longer than most files
 * take. In a process the files run one after the other, each as a suite with the file's name.
 *
 * @param files - compiled test files, absolute paths
 * @param folder - gets a module for each process
 * @param name - the modules' names begin with it
 * @param count - of processes
 * @returns the modules, absolute paths
 */
export function shareProcesses(files: string[], folder: string, name: string, count: number): string[] {
  const shares = Array.from({ length: Math.min(count, files.length) }, (): string[] => []);
  files.forEach((file, index) => shares[index % shares.length]?.push(file));
  return shares.map((share, index) => {
    const module = join(folder, `${name}-${index + 1}.test.js`);
    writeFileSync(module, source(share, folder));
    return module;
  });
}

function source(files: string[], folder: string): string {
  const load = (file: string) => JSON.stringify(pathToFileURL(file).href);
  return [
    "import { describe } from 'node:test';",
    ...files.map((file) => {
      const name = JSON.stringify(file.slice(folder.length + 1).replace(/\.js$/, '.ts'));
      return `describe(${name}, async () => { await import(${load(file)}); });`;
    }),
  ].join('\n');
}
