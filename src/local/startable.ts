import path from 'node:path';

/**
 * How to tell Node to start a module of this tree in the same way as this one was started: compiled, or from its
 * source.
 *
 * @param source - path from `src`, such as `worker.ts`
 * @returns Node's arguments
 */
export function startable(source: string): string[] {
  const file = path.join(import.meta.dirname, '..', source);
  return import.meta.filename.endsWith('.ts') ? ['--import', 'tsx', file] : [file.replace(/\.ts$/, '.js')];
}
