import type { SandboxKind } from '../domain/check/command.js';
import { limitedSandbox, type CommandLoad, type LimitedSandbox } from './at-once.js';
import { endHost } from './host-client.js';
import type { SandboxConfig } from './common-setup.js';
import { openSandbox } from './open-sandbox.js';
import type { Sandbox } from './sandbox.js';

/** The sandbox of a worker. It is opened at its first use, and kept. */
export interface WorkerSandbox {
  readonly kind: SandboxKind;
  /**
   * Opens it, or gives the one that is open.
   *
   * @returns null for `off`
   * @throws PhasegateError `sandbox_unavailable`; the next call tries again
   */
  open(): Promise<Sandbox | null>;
  /** What it does now; nothing before it is opened. */
  load(): CommandLoad;
  /** Ends the process that runs commands, and what they left. Call it when nothing runs any more. */
  close(): Promise<void>;
}

/**
 * The sandbox that PHASEGATE_SANDBOX names.
 *
 * @param env - the worker's environment
 */
export function workerSandbox(config: SandboxConfig, env: NodeJS.ProcessEnv): WorkerSandbox {
  let opening: Promise<LimitedSandbox | null> | undefined;
  let load = (): CommandLoad => ({ running: 0, waiting: 0 });
  const open = async (): Promise<Sandbox | null> => {
    opening ??= openSandbox(config, env).then((sandbox) => {
      if (!sandbox) return null;
      const limited = limitedSandbox(sandbox, config.commandsAtOnce);
      load = limited.load;
      return limited;
    });
    try {
      return await opening;
    } catch (error) {
      // somebody may mend the machine while the worker runs
      opening = undefined;
      throw error;
    }
  };
  return { kind: config.sandbox, open, load: () => load(), close: endHost };
}
