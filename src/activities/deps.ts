import type { Config } from '../config.js';
import type { WorkMeter } from '../domain/record/work-meter.js';
import type { Mirror } from '../mirror/types.js';
import type { WorkerSandbox } from '../sandbox/worker-sandbox.js';

/** What the activities work with; built once, by the worker. */
export interface ActivityDeps {
  config: Pick<
    Config,
    | 'taskQueue'
    | 'workspaceRoot'
    | 'templates'
    | 'personas'
    | 'schemas'
    | 'backends'
    | 'maxArtifactBytes'
    | 'checkoutTimeoutMs'
    | 'modelCallTimeoutMs'
    | 'keepConversationsMs'
    | 'commandEnv'
    | 'sandboxHostNetwork'
  >;
  mirror: Mirror;
  /** Counts what the worker does. */
  meter: WorkMeter;
  /** Where the commands of repositories run. */
  sandbox: WorkerSandbox;
  /** Where the keys of the backends are read from. Nothing but the names of the variables goes anywhere else. */
  env: NodeJS.ProcessEnv;
}
