import path from 'node:path';

/**
 * How Node is told to start a module of this tree as this one was started: compiled, or from its source.
 * `import.meta.filename` is where this code lies; `import.meta.url` would say where its source is
 * (scripts/compile.mjs).
 *
 * @param source - path from the clone, such as `src/worker.ts`
 * @returns Node's arguments
 */
export function startable(source: string): string[] {
  const here = import.meta.filename;
  const file = path.resolve(here, '../../..', source);
  return here.endsWith('.ts') ? ['--import', 'tsx', file] : [file.replace(/\.ts$/, '.js')];
}
