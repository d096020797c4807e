import { existsSync } from 'node:fs';
import path from 'node:path';
import { PACKAGE_ROOT } from '../../package-root.js';

const isClone = existsSync(path.join(PACKAGE_ROOT, 'scripts', 'run.mjs'));

/**
 * A text of ours with the commands as they are called here: `npm run client -- status W` in a clone, and
 * `phasegate status W` where phasegate is an installed package.
 *
 * @param asClone - only tests say it
 */
export function asCalled(text: string, asClone = isClone): string {
  return asClone ? text : text.replaceAll('npm run client --', 'phasegate');
}
