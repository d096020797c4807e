import { readConfig } from '../config.js';
import { PhasegateError } from '../domain/failures.js';
import { endHost } from '../sandbox/host-client.js';
import { SANDBOX_SETTINGS } from '../sandbox/common-setup.js';
import { openSandbox } from '../sandbox/open-sandbox.js';
import { findBubblewrap, type BubblewrapOptions } from './bubblewrap.js';

/**
 * Where the commands of the local stack run. Without a choice of the person it is the sandbox, or nothing where none can
 * be started: a newcomer's first run completes then, and is told that nothing of it was checked.
 *
 * @param options - `env` is the person's environment, and says where the workspaces are
 * @returns variables for the worker
 */
export async function chooseSandbox(options: BubblewrapOptions): Promise<Record<string, string>> {
  const { env, say } = options;
  if (env['PHASEGATE_SANDBOX'] && env['PHASEGATE_SANDBOX'] !== 'bwrap') return {};
  const bwrap = await findBubblewrap(options);
  const found: Record<string, string> = bwrap === null ? {} : { PHASEGATE_BWRAP: bwrap };
  // somebody who asks for the sandbox by its name is told by the run that there is none
  if (env['PHASEGATE_SANDBOX']) return found;
  try {
    await openSandbox(readConfig({ ...env, ...found }, SANDBOX_SETTINGS), env);
    return found;
  } catch (error) {
    if (!(error instanceof PhasegateError) || error.code !== 'sandbox_unavailable') throw error;
    say(`${error.message}\nThe runs of this stack run no commands, so nothing of their work is checked.`);
    return { ...found, PHASEGATE_SANDBOX: 'off' };
  } finally {
    await endHost();
  }
}
