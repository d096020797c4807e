import { delimiter, join } from 'node:path';
import type { Config } from '../config.js';
import { SANDBOX_FOLDER } from '../domain/names.js';
import { PACKAGE_ROOT } from '../package-root.js';
import { languageFiles } from './bwrap/language-files.js';
import { findProgram } from './bwrap/find-bwrap.js';
import { findGroups } from './cgroups/find-groups.js';
import type { SandboxSetup } from './host/messages.js';

/** The settings that a sandbox is opened with. */
export const SANDBOX_SETTINGS = [
  'sandbox',
  'bwrap',
  'commandsAtOnce',
  'workspaceRoot',
  'sandboxMemory',
  'sandboxProcesses',
  'sandboxDisk',
  'sandboxRead',
  'sandboxPrivateHosts',
] as const satisfies readonly (keyof Config)[];

export type SandboxConfig = Pick<Config, (typeof SANDBOX_SETTINGS)[number]>;

/**
 * What the settings say of all commands of a worker. Whether the system lets us have it is not known yet.
 *
 * @param env - the worker's environment
 */
export function commonSetup(config: SandboxConfig, env: NodeJS.ProcessEnv): SandboxSetup {
  // the clone has the local stack's passwords in it
  const hidden = [config.workspaceRoot, PACKAGE_ROOT];
  const { path, readOnly, variables } = languageFiles(env, process.execPath, hidden, config.sandboxRead);
  return {
    kind: 'none',
    bwrap: '',
    prlimit: findProgram('prlimit', [env['PATH'], '/usr/bin', '/bin'].join(delimiter)),
    scratch: join(config.workspaceRoot, SANDBOX_FOLDER),
    limits: {
      memoryBytes: config.sandboxMemory,
      processes: config.sandboxProcesses,
      diskBytes: config.sandboxDisk,
    },
    groups: process.platform === 'linux' ? findGroups() : [],
    processCap: null,
    overlayOnDisk: true,
    privateHosts: config.sandboxPrivateHosts,
    ...{ path, readOnly, variables },
  };
}
