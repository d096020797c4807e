/** The variables that commands get, and the values that no output shows. */
export interface CommandEnv {
  env: Record<string, string>;
  secrets: string[];
  /** Names that this worker has no value for. */
  missing: string[];
}

/**
 * The variables of the worker that the repository names for its commands.
 *
 * @param names - from the plan
 * @param env - the worker's own
 */
export function commandEnv(names: readonly string[], env: NodeJS.ProcessEnv): CommandEnv {
  const given = names.flatMap((name): [string, string][] => (env[name] === undefined ? [] : [[name, env[name]]]));
  return {
    env: Object.fromEntries(given),
    secrets: given.map(([, value]) => value),
    missing: names.filter((name) => env[name] === undefined),
  };
}
