import type { PlannedCommands } from '../../domain/check/planned-check.js';
import { PhasegateError } from '../../domain/failures.js';
import { REPOSITORY_FILE } from '../../domain/names.js';

/**
 * `network: host` reaches all that the worker reaches: Temporal, the database, the metadata of a cloud. No repository
 * gets that from a worker whose operator did not allow it.
 *
 * @param setting - of this worker: it may be another one than the worker that planned the run
 * @throws PhasegateError `network_not_allowed`
 */
export function refuseHostNetwork({ setup }: Pick<PlannedCommands, 'setup'>, setting: 'refuse' | 'allow'): void {
  const index = setup.findIndex(({ network }) => network === 'host');
  if (index < 0 || setting === 'allow') return;
  throw new PhasegateError(
    'network_not_allowed',
    `step ${index + 1} of the set-up asks for \`network: host\` (${REPOSITORY_FILE} or the input), and this worker gives no command its own network (PHASEGATE_SANDBOX_HOST_NETWORK=refuse); hosts that are named are reached`,
  );
}
