import type { Checkpointer } from '../agent/checkpointer.js';
import type { Config } from '../config.js';
import type { Mirror } from '../mirror/types.js';

/** What the activities work with; built once, by the worker. */
export interface ActivityDeps {
  config: Pick<
    Config,
    'workspaceRoot' | 'templates' | 'personas' | 'schemas' | 'backends' | 'maxArtifactBytes' | 'modelCallTimeoutMs'
  >;
  mirror: Mirror;
  /** Opens it where that has not been done: LangGraph takes longer to load than a worker to take its first task. */
  checkpointer: () => Promise<Checkpointer>;
  /** Where the keys of the backends are read from; only their names go anywhere else. */
  env: NodeJS.ProcessEnv;
}
