/** What belongs to the worker itself: its database, its settings, its way to Temporal. */
const OF_THE_WORKER = /^(?:DATABASE_URL$|PG[A-Z]+$|PHASEGATE_|TEMPORAL_)/;
/** What decides how a program is started, or where it looks for things. The sandbox sets its own. */
const OF_THE_SANDBOX =
  /^(?:PATH|HOME|TMPDIR|SHELL|PWD|IFS|ENV|BASH_ENV|NODE_OPTIONS|(?:LD|DYLD|GIT)_.*|(?:HTTPS?|ALL|NO)_PROXY)$/i;

/**
 * Why a repository's commands may not get a variable of the worker; undefined where they may. A repository could
 * otherwise have its set-up send the worker's own keys anywhere.
 *
 * @param name - of the variable
 * @param keys - names of the variables that hold keys of backends
 */
export function variableProblem(name: string, keys: readonly string[]): string | undefined {
  if (OF_THE_WORKER.test(name)) return 'belongs to the worker, and no command gets it';
  if (keys.includes(name)) return 'holds the key of a backend, and no command gets it';
  if (OF_THE_SANDBOX.test(name)) return 'is set by the sandbox itself';
  return undefined;
}
