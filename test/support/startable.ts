import path from 'node:path';
import { CLONE } from '../../src/local/clone.js';

/**
 * How Node is told to start a module of this tree: what the runner compiled (test/compile.ts), or its source.
 *
 * @param source - path from the clone, such as `src/client.ts`
 * @returns Node's arguments
 */
export function startable(source: string): string[] {
  const compiled = process.env.PHASEGATE_TEST_JS;
  return compiled ? ['--enable-source-maps', path.join(compiled, source.replace(/\.ts$/, '.js'))] : ['--import', 'tsx', path.join(CLONE, source)];
}
